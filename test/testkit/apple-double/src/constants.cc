// The constants of the Security double. Their values mean nothing: they are compared, never shown.
#include <Security/Security.h>

#include "object.h"

#define APPLE_DOUBLE_CONSTANT(name)                                                  \
  static __CFString name##_object(#name, apple_double::Object::Lifetime::kConstant); \
  const CFStringRef name = &name##_object

APPLE_DOUBLE_CONSTANT(kSecClass);
APPLE_DOUBLE_CONSTANT(kSecClassCertificate);
APPLE_DOUBLE_CONSTANT(kSecClassIdentity);
APPLE_DOUBLE_CONSTANT(kSecMatchLimit);
APPLE_DOUBLE_CONSTANT(kSecMatchLimitAll);
APPLE_DOUBLE_CONSTANT(kSecReturnRef);
APPLE_DOUBLE_CONSTANT(kSecUseDataProtectionKeychain);
APPLE_DOUBLE_CONSTANT(kSecUseAuthenticationUI);
APPLE_DOUBLE_CONSTANT(kSecUseAuthenticationUIFail);
APPLE_DOUBLE_CONSTANT(kSecUseAuthenticationUISkip);
APPLE_DOUBLE_CONSTANT(kSecAttrCanSign);
APPLE_DOUBLE_CONSTANT(kSecAttrIsExtractable);
APPLE_DOUBLE_CONSTANT(kSecAttrTokenID);
APPLE_DOUBLE_CONSTANT(kSecKeyAlgorithmRSASignatureDigestPKCS1v15SHA256);
APPLE_DOUBLE_CONSTANT(kSecKeyAlgorithmRSASignatureDigestPSSSHA256);
APPLE_DOUBLE_CONSTANT(kSecKeyAlgorithmECDSASignatureDigestX962SHA256);
APPLE_DOUBLE_CONSTANT(kSecKeyAlgorithmECDSASignatureDigestX962SHA384);
APPLE_DOUBLE_CONSTANT(kSecKeyAlgorithmECDSASignatureDigestX962SHA512);

// This value is shown: it is the token's name.
static __CFString secure_enclave("com.apple.setoken", apple_double::Object::Lifetime::kConstant);
const CFStringRef kSecAttrTokenIDSecureEnclave = &secure_enclave;
