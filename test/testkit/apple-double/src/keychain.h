// The keychains of the double, as a test fills them.
#ifndef APPLE_DOUBLE_KEYCHAIN_H_
#define APPLE_DOUBLE_KEYCHAIN_H_

#include <Security/Security.h>
#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace apple_double {

using Bytes = std::vector<std::uint8_t>;

// What a keychain does when a key is asked for a signature.
enum class KeyAccess {
  kAllowed,
  kDenied,       // the application or its partition is not on the key's access control list
  kNeedsDialog,  // the keychain is locked, or the access control list says "ask"
};

// How the data protection keychain answers a query that comes across an item.
enum class QueryAccess { kAllowed, kNeedsUser };

// An item of a keychain: a certificate, a key, or both, which is an identity.
struct Item {
  // Path of its file keychain; empty for the data protection keychain.
  std::string keychain;
  std::string label;
  Bytes certificate;
  std::shared_ptr<EVP_PKEY> key;
  KeyAccess access = KeyAccess::kAllowed;
  QueryAccess query_access = QueryAccess::kAllowed;
  // Attributes of the key; absent ones are not told.
  std::optional<std::string> token_id;
  std::optional<bool> extractable;
  std::optional<bool> can_sign;
  bool can_pss = true;
  // Whether queries return it twice, as file keychains sometimes do.
  bool twice = false;
  // What the key returns instead of a signature.
  std::optional<Bytes> signature;
  // How often a signature was asked for.
  int uses = 0;
  // The error that signing ends with: a domain and a code.
  std::optional<std::pair<std::string, CFIndex>> sign_error;
};

// Reads a private key from PKCS #8 in DER. Ends the process where it is none.
std::shared_ptr<EVP_PKEY> ReadPrivateKey(const Bytes& pkcs8);

// All that the double remembers of keychains.
struct Keychains {
  std::mutex mutex;
  std::vector<std::shared_ptr<Item>> items;
  // What queries of file keychains, and of the data protection keychain, answer.
  OSStatus file_status = errSecSuccess;
  OSStatus data_protection_status = errSecSuccess;
  // Whether dialogs may be opened, and how many were.
  bool interaction_allowed = true;
  long dialogs = 0;
};

Keychains& AllKeychains();

// Forgets all items, statuses and counts.
void ClearKeychains();

}  // namespace apple_double

#endif  // APPLE_DOUBLE_KEYCHAIN_H_
