#include "keychain_key_mac.h"

#include "ecdsa_signature_mac.h"
#include "failure_mac.h"

namespace countersign {
namespace {

// The token of macOS's own driver for PIV smart cards is "com.apple.pivtoken:<serial>".
constexpr const char* kPivToken = "com.apple.pivtoken";

SecKeyAlgorithm SystemAlgorithm(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kRs256:
      return kSecKeyAlgorithmRSASignatureDigestPKCS1v15SHA256;
    case Algorithm::kPs256:
      return kSecKeyAlgorithmRSASignatureDigestPSSSHA256;
    case Algorithm::kEs256:
      return kSecKeyAlgorithmECDSASignatureDigestX962SHA256;
    case Algorithm::kEs384:
      return kSecKeyAlgorithmECDSASignatureDigestX962SHA384;
    case Algorithm::kEs512:
      return kSecKeyAlgorithmECDSASignatureDigestX962SHA512;
  }
  throw OsError(AddonFailure::kInvalidArgument, "Sign", "There is no such algorithm.");
}

// Fills in who holds the key. A token other than the two that Apple makes may be anything, software
// too.
void DescribeHolder(CFDictionaryRef attributes, KeyDescription& description) {
  const std::optional<std::string> token = FindText(attributes, kSecAttrTokenID);
  description.exportable = FindBoolean(attributes, kSecAttrIsExtractable);
  if (!token) {
    description.provider = "Keychain";
    description.protection = Protection::kSoftware;
    return;
  }
  if (*token == ToUtf8(kSecAttrTokenIDSecureEnclave)) {
    description.provider = "Secure Enclave";
    description.protection = Protection::kHardware;
    description.exportable = false;
    return;
  }
  description.provider = "Token " + *token;
  if (token->compare(0, std::string(kPivToken).size(), kPivToken) == 0) {
    description.protection = Protection::kHardware;
  }
}

}  // namespace

CfRef<SecKeyRef> PrivateKeyOf(SecIdentityRef identity) {
  CfRef<SecKeyRef> key;
  const OSStatus status = SecIdentityCopyPrivateKey(identity, key.out());
  if (status != errSecSuccess) {
    throw OsError(FailureOfStatus(status, "SecIdentityCopyPrivateKey"));
  }
  return key;
}

KeyDescription DescribeKey(SecKeyRef key) {
  KeyDescription description;
  const auto attributes = CfRef<CFDictionaryRef>::Adopt(SecKeyCopyAttributes(key));
  if (!attributes) {
    description.provider = "Keychain";
    return description;
  }
  if (!FindBoolean(attributes.get(), kSecAttrCanSign).value_or(true)) {
    throw OsError(AddonFailure::kUnsupported, "SecKeyCopyAttributes",
                  "The key may not be used to sign (kSecAttrCanSign).");
  }
  DescribeHolder(attributes.get(), description);
  description.rsa_pss_sha256 =
      SecKeyIsAlgorithmSupported(key, kSecKeyOperationTypeSign,
                                 kSecKeyAlgorithmRSASignatureDigestPSSSHA256) != 0;
  return description;
}

Bytes SignWithKey(SecKeyRef key, Algorithm algorithm, const Bytes& digest) {
  const CfRef<CFDataRef> input = ToCfData(digest);
  CfRef<CFErrorRef> error;
  const auto output = CfRef<CFDataRef>::Adopt(
      SecKeyCreateSignature(key, SystemAlgorithm(algorithm), input.get(), error.out()));
  if (!output) throw OsError(FailureOfError(error.get(), "SecKeyCreateSignature"));
  Bytes signature = ToBytes(output.get());
  const std::size_t component_size = EcdsaComponentSize(algorithm);
  if (component_size == 0) return signature;
  std::optional<Bytes> jose = EcdsaDerToJose(signature, component_size);
  if (!jose) {
    throw OsError(AddonFailure::kBadSignature, "SecKeyCreateSignature",
                  "The signature is not an ECDSA signature of this curve.");
  }
  return *std::move(jose);
}

}  // namespace countersign
