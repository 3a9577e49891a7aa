#include "keychain.h"

#include <openssl/x509.h>

#include <cstring>

#include "faults.h"
#include "sec_object.h"

namespace apple_double {

Keychains& AllKeychains() {
  static auto* keychains = new Keychains();
  return *keychains;
}

void ClearKeychains() {
  Keychains& keychains = AllKeychains();
  const std::lock_guard<std::mutex> lock(keychains.mutex);
  keychains.items.clear();
  keychains.file_status = errSecSuccess;
  keychains.data_protection_status = errSecSuccess;
  keychains.interaction_allowed = true;
  keychains.dialogs = 0;
}

std::shared_ptr<EVP_PKEY> ReadPrivateKey(const Bytes& pkcs8) {
  const std::uint8_t* next = pkcs8.data();
  EVP_PKEY* key = d2i_AutoPrivateKey(nullptr, &next, static_cast<long>(pkcs8.size()));
  if (key == nullptr) Abort("The private key is not PKCS #8.");
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

namespace {

// A query, understood. Ends the process where it asks for more than the double knows.
class Query {
 public:
  explicit Query(CFDictionaryRef dictionary)
      : entries_(As<__CFDictionary>(dictionary, Type::kDictionary)) {
    Require(kSecMatchLimit, kSecMatchLimitAll);
    Require(kSecReturnRef, kCFBooleanTrue);
    if (entries_.Find(kSecUseDataProtectionKeychain) == nullptr) {
      Abort("A query must name the kind of keychain.");
    }
  }

  bool data_protection() const { return Is(kSecUseDataProtectionKeychain, kCFBooleanTrue); }
  bool wants_identities() const { return Is(kSecClass, kSecClassIdentity); }
  bool fails_for_user() const { return Is(kSecUseAuthenticationUI, kSecUseAuthenticationUIFail); }
  bool skips_for_user() const { return Is(kSecUseAuthenticationUI, kSecUseAuthenticationUISkip); }

  bool Covers(const Item& item) const {
    return item.keychain.empty() == data_protection() && !item.certificate.empty() &&
           (!wants_identities() || item.key != nullptr);
  }

 private:
  bool Is(CFStringRef key, CFTypeRef wanted) const {
    const CFTypeRef value = entries_.Find(key);
    return value != nullptr && CFEqual(value, wanted);
  }

  void Require(CFStringRef key, CFTypeRef wanted) const {
    if (!Is(key, wanted)) Abort("A query asks for something that is not known here.");
  }

  const __CFDictionary& entries_;
};

CFTypeRef MakeReference(const Query& query, const std::shared_ptr<Item>& item) {
  if (query.wants_identities()) return new __SecIdentity(item, !query.fails_for_user());
  return new __SecCertificate(item);
}

OSStatus Answer(const Query& query, CFTypeRef* result) {
  Keychains& keychains = AllKeychains();
  const std::lock_guard<std::mutex> lock(keychains.mutex);
  const OSStatus status =
      query.data_protection() ? keychains.data_protection_status : keychains.file_status;
  if (status != errSecSuccess) return status;
  std::vector<std::shared_ptr<Item>> matches;
  for (const auto& item : keychains.items) {
    if (!query.Covers(*item)) continue;
    if (item->query_access == QueryAccess::kNeedsUser) {
      if (query.skips_for_user()) continue;
      if (query.fails_for_user()) return errSecInteractionNotAllowed;
      keychains.dialogs++;
    }
    matches.insert(matches.end(), item->twice ? 2 : 1, item);
  }
  if (matches.empty()) return errSecItemNotFound;
  std::vector<CFTypeRef> references;
  for (const auto& item : matches) references.push_back(MakeReference(query, item));
  *result = new __CFArray(references);
  for (const CFTypeRef reference : references) CFRelease(reference);
  return errSecSuccess;
}

}  // namespace
}  // namespace apple_double

using apple_double::As;
using apple_double::Id;
using apple_double::ShouldFail;
using apple_double::Type;

OSStatus SecItemCopyMatching(CFDictionaryRef query, CFTypeRef* result) {
  if (ShouldFail("SecItemCopyMatching")) return errSecNotAvailable;
  return apple_double::Answer(apple_double::Query(query), result);
}

CFStringRef SecCopyErrorMessageString(OSStatus status, void*) {
  if (ShouldFail("SecCopyErrorMessageString")) return nullptr;
  return new __CFString("OSStatus " + std::to_string(status));
}

CFTypeID SecIdentityGetTypeID() { return Id(Type::kIdentity); }

OSStatus SecIdentityCopyCertificate(SecIdentityRef identity, SecCertificateRef* certificate) {
  if (ShouldFail("SecIdentityCopyCertificate")) return errSecNotAvailable;
  *certificate = new __SecCertificate(As<__SecIdentity>(identity, Type::kIdentity).item);
  return errSecSuccess;
}

OSStatus SecIdentityCopyPrivateKey(SecIdentityRef reference, SecKeyRef* key) {
  if (ShouldFail("SecIdentityCopyPrivateKey")) return errSecNotAvailable;
  const auto& identity = As<__SecIdentity>(reference, Type::kIdentity);
  *key = new __SecKey(identity.item, identity.may_ask_user);
  return errSecSuccess;
}

CFTypeID SecCertificateGetTypeID() { return Id(Type::kCertificate); }

CFDataRef SecCertificateCopyData(SecCertificateRef certificate) {
  if (ShouldFail("SecCertificateCopyData")) return nullptr;
  return new __CFData(As<__SecCertificate>(certificate, Type::kCertificate).item->certificate);
}

CFStringRef SecCertificateCopySubjectSummary(SecCertificateRef certificate) {
  if (ShouldFail("SecCertificateCopySubjectSummary")) return nullptr;
  return new __CFString(As<__SecCertificate>(certificate, Type::kCertificate).item->label);
}

OSStatus SecKeychainGetUserInteractionAllowed(Boolean* state) {
  if (ShouldFail("SecKeychainGetUserInteractionAllowed")) return errSecNotAvailable;
  apple_double::Keychains& keychains = apple_double::AllKeychains();
  const std::lock_guard<std::mutex> lock(keychains.mutex);
  *state = keychains.interaction_allowed;
  return errSecSuccess;
}

OSStatus SecKeychainSetUserInteractionAllowed(Boolean state) {
  if (ShouldFail("SecKeychainSetUserInteractionAllowed")) return errSecNotAvailable;
  apple_double::Keychains& keychains = apple_double::AllKeychains();
  const std::lock_guard<std::mutex> lock(keychains.mutex);
  keychains.interaction_allowed = state != 0;
  return errSecSuccess;
}

OSStatus SecKeychainItemCopyKeychain(SecKeychainItemRef reference, SecKeychainRef* keychain) {
  if (ShouldFail("SecKeychainItemCopyKeychain")) return errSecInvalidItemRef;
  const auto& certificate = As<__SecCertificate>(reference, Type::kCertificate);
  if (certificate.item->keychain.empty()) return errSecInvalidItemRef;
  *keychain = new __SecKeychain(certificate.item->keychain);
  return errSecSuccess;
}

OSStatus SecKeychainGetPath(SecKeychainRef reference, UInt32* length, char* path) {
  const auto& keychain = As<__SecKeychain>(reference, Type::kKeychain);
  if (ShouldFail("SecKeychainGetPath") || keychain.path.size() >= *length) return errSecParam;
  std::memcpy(path, keychain.path.c_str(), keychain.path.size() + 1);
  *length = static_cast<UInt32>(keychain.path.size());
  return errSecSuccess;
}
