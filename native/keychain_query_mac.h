// Looking into the keychains, by SecItem only: never by the path of a keychain file.
#ifndef COUNTERSIGN_NATIVE_KEYCHAIN_QUERY_MAC_H_
#define COUNTERSIGN_NATIVE_KEYCHAIN_QUERY_MAC_H_

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include <optional>
#include <string>
#include <vector>

#include "cf_ref_mac.h"
#include "os_failure.h"

namespace countersign {

// The two kinds of keychain that macOS has. A query that names neither goes to both, and an error
// of one is then dropped; hence every query here names one.
enum class KeychainKind { kFile, kDataProtection };

// Names of the two kinds, as StoreStatus::name.
constexpr const char* kFileKeychains = "file keychains";
constexpr const char* kDataProtectionKeychain = "data protection keychain";

// What a query found.
template <typename T>
struct Found {
  std::vector<CfRef<T>> items;
  // Why nothing, or not everything, could be read.
  std::optional<Failure> failure;
};

// Returns the identities (certificate and private key) of one kind of keychain.
Found<SecIdentityRef> FindIdentities(KeychainKind kind);

// Returns the certificates of one kind of keychain, with and without a private key.
Found<SecCertificateRef> FindCertificates(KeychainKind kind);

// Returns where a certificate is: the path of its file keychain, or the name of the kind where the
// system does not tell.
std::string PlaceOf(KeychainKind kind, SecCertificateRef certificate);

// Returns the certificate's DER. Throws OsError.
Bytes DerOf(SecCertificateRef certificate);

// Returns the certificate of an identity. Throws OsError.
CfRef<SecCertificateRef> CertificateOf(SecIdentityRef identity);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_KEYCHAIN_QUERY_MAC_H_
