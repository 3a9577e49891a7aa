#include "keychain_query_mac.h"

#include <sys/param.h>

#include "failure_mac.h"

// kSecUseAuthenticationUIFail is deprecated in favour of a LocalAuthentication context, which is an
// Objective-C object; SecKeychainItemCopyKeychain and SecKeychainGetPath, like all of SecKeychain,
// in favour of SecItem, which does not tell where an item is. Neither opens a keychain.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace countersign {
namespace {

// One look into one kind of keychain. Returns the call's status; items may be null.
OSStatus Ask(KeychainKind kind, CFStringRef item_class, CFStringRef authentication_ui,
             CfRef<CFTypeRef>& items) {
  const bool data_protection = kind == KeychainKind::kDataProtection;
  const void* keys[] = {kSecClass, kSecMatchLimit, kSecReturnRef, kSecUseDataProtectionKeychain,
                        kSecUseAuthenticationUI};
  const void* values[] = {item_class, kSecMatchLimitAll, kCFBooleanTrue,
                          data_protection ? kCFBooleanTrue : kCFBooleanFalse, authentication_ui};
  // File keychains know no kSecUseAuthenticationUI: NoInteraction keeps them quiet.
  const CFIndex count = data_protection ? 5 : 4;
  const auto query = CfRef<CFDictionaryRef>::Adopt(
      CFDictionaryCreate(kCFAllocatorDefault, keys, values, count, &kCFTypeDictionaryKeyCallBacks,
                         &kCFTypeDictionaryValueCallBacks));
  return query ? SecItemCopyMatching(query.get(), items.out()) : errSecAllocate;
}

// A query that would need the user fails as a whole under "Fail". It is then asked again under
// "Skip", which leaves the items out that need the user, and the failure is reported all the same.
template <typename T>
Found<T> Find(KeychainKind kind, CFStringRef item_class, CFTypeID type) {
  Found<T> found;
  CfRef<CFTypeRef> items;
  OSStatus status = Ask(kind, item_class, kSecUseAuthenticationUIFail, items);
  if (status == errSecInteractionNotAllowed && kind == KeychainKind::kDataProtection) {
    found.failure = FailureOfStatus(status, "SecItemCopyMatching");
    items = {};
    status = Ask(kind, item_class, kSecUseAuthenticationUISkip, items);
  }
  if (status == errSecItemNotFound) return found;
  if (status != errSecSuccess) {
    found.failure = FailureOfStatus(status, "SecItemCopyMatching");
    return found;
  }
  if (!items || CFGetTypeID(items.get()) != CFArrayGetTypeID()) {
    found.failure = Failure{"countersign", static_cast<std::int64_t>(AddonFailure::kUnexpected),
                            "SecItemCopyMatching", "The result is not an array."};
    return found;
  }
  const auto array = static_cast<CFArrayRef>(items.get());
  const CFIndex count = CFArrayGetCount(array);
  for (CFIndex i = 0; i < count; i++) {
    const void* item = CFArrayGetValueAtIndex(array, i);
    if (CFGetTypeID(item) != type) continue;
    found.items.push_back(CfRef<T>::Retain(static_cast<T>(const_cast<void*>(item))));
  }
  return found;
}

}  // namespace

Found<SecIdentityRef> FindIdentities(KeychainKind kind) {
  return Find<SecIdentityRef>(kind, kSecClassIdentity, SecIdentityGetTypeID());
}

Found<SecCertificateRef> FindCertificates(KeychainKind kind) {
  return Find<SecCertificateRef>(kind, kSecClassCertificate, SecCertificateGetTypeID());
}

std::string PlaceOf(KeychainKind kind, SecCertificateRef certificate) {
  if (kind == KeychainKind::kDataProtection) return kDataProtectionKeychain;
  // A certificate of a file keychain is one of its items.
  const auto item = reinterpret_cast<SecKeychainItemRef>(certificate);
  CfRef<SecKeychainRef> keychain;
  if (SecKeychainItemCopyKeychain(item, keychain.out()) != errSecSuccess) {
    return kFileKeychains;
  }
  char path[MAXPATHLEN];
  UInt32 length = sizeof(path);
  if (SecKeychainGetPath(keychain.get(), &length, path) != errSecSuccess) return kFileKeychains;
  return std::string(path, length);
}

Bytes DerOf(SecCertificateRef certificate) {
  const auto data = CfRef<CFDataRef>::Adopt(SecCertificateCopyData(certificate));
  if (!data) {
    throw OsError(AddonFailure::kUnexpected, "SecCertificateCopyData",
                  "The certificate cannot be encoded.");
  }
  return ToBytes(data.get());
}

CfRef<SecCertificateRef> CertificateOf(SecIdentityRef identity) {
  CfRef<SecCertificateRef> certificate;
  const OSStatus status = SecIdentityCopyCertificate(identity, certificate.out());
  if (status != errSecSuccess) {
    throw OsError(FailureOfStatus(status, "SecIdentityCopyCertificate"));
  }
  return certificate;
}

}  // namespace countersign
