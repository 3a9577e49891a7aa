// The part of the Security framework that this project uses, declared as Apple's headers declare it
// (SecBase.h, SecItem.h, SecIdentity.h, SecCertificate.h, SecKey.h, SecKeychain.h,
// SecKeychainItem.h). Only for systems without it: see README.md beside this folder.
#ifndef APPLE_DOUBLE_SECURITY_H_
#define APPLE_DOUBLE_SECURITY_H_

#include <CoreFoundation/CoreFoundation.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct __SecCertificate* SecCertificateRef;
typedef struct __SecIdentity* SecIdentityRef;
typedef struct __SecKey* SecKeyRef;
typedef struct __SecKeychain* SecKeychainRef;
typedef struct __SecKeychainItem* SecKeychainItemRef;

enum {
  errSecSuccess = 0,
  errSecUnimplemented = -4,
  errSecParam = -50,
  errSecAllocate = -108,
  errSecUserCanceled = -128,
  errSecNoAccessForItem = -25243,
  errSecNotAvailable = -25291,
  errSecAuthFailed = -25293,
  errSecNoSuchKeychain = -25294,
  errSecInvalidKeychain = -25295,
  errSecItemNotFound = -25300,
  errSecInvalidItemRef = -25304,
  errSecInteractionNotAllowed = -25308,
  errSecMissingEntitlement = -34018,
};

extern const CFStringRef kSecClass;
extern const CFStringRef kSecClassCertificate;
extern const CFStringRef kSecClassIdentity;
extern const CFStringRef kSecMatchLimit;
extern const CFStringRef kSecMatchLimitAll;
extern const CFStringRef kSecReturnRef;
extern const CFStringRef kSecUseDataProtectionKeychain;
extern const CFStringRef kSecUseAuthenticationUI;
extern const CFStringRef kSecUseAuthenticationUIFail;
extern const CFStringRef kSecUseAuthenticationUISkip;
extern const CFStringRef kSecAttrCanSign;
extern const CFStringRef kSecAttrIsExtractable;
extern const CFStringRef kSecAttrTokenID;
extern const CFStringRef kSecAttrTokenIDSecureEnclave;

OSStatus SecItemCopyMatching(CFDictionaryRef query, CFTypeRef* result);
CFStringRef SecCopyErrorMessageString(OSStatus status, void* reserved);

CFTypeID SecIdentityGetTypeID(void);
OSStatus SecIdentityCopyCertificate(SecIdentityRef identityRef, SecCertificateRef* certificateRef);
OSStatus SecIdentityCopyPrivateKey(SecIdentityRef identityRef, SecKeyRef* privateKeyRef);

CFTypeID SecCertificateGetTypeID(void);
CFDataRef SecCertificateCopyData(SecCertificateRef certificate);
CFStringRef SecCertificateCopySubjectSummary(SecCertificateRef certificate);

typedef CFStringRef SecKeyAlgorithm;
extern const SecKeyAlgorithm kSecKeyAlgorithmRSASignatureDigestPKCS1v15SHA256;
extern const SecKeyAlgorithm kSecKeyAlgorithmRSASignatureDigestPSSSHA256;
extern const SecKeyAlgorithm kSecKeyAlgorithmECDSASignatureDigestX962SHA256;
extern const SecKeyAlgorithm kSecKeyAlgorithmECDSASignatureDigestX962SHA384;
extern const SecKeyAlgorithm kSecKeyAlgorithmECDSASignatureDigestX962SHA512;

typedef enum : CFIndex { kSecKeyOperationTypeSign = 0 } SecKeyOperationType;

CFDictionaryRef SecKeyCopyAttributes(SecKeyRef key);
Boolean SecKeyIsAlgorithmSupported(SecKeyRef key, SecKeyOperationType operation,
                                   SecKeyAlgorithm algorithm);
CFDataRef SecKeyCreateSignature(SecKeyRef key, SecKeyAlgorithm algorithm, CFDataRef dataToSign,
                                CFErrorRef* error);

OSStatus SecKeychainGetUserInteractionAllowed(Boolean* state);
OSStatus SecKeychainSetUserInteractionAllowed(Boolean state);
OSStatus SecKeychainItemCopyKeychain(SecKeychainItemRef itemRef, SecKeychainRef* keychainRef);
OSStatus SecKeychainGetPath(SecKeychainRef keychain, UInt32* ioPathLength, char* pathName);

#ifdef __cplusplus
}
#endif

#endif  // APPLE_DOUBLE_SECURITY_H_
