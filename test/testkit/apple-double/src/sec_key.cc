// Private keys: attributes, and signatures by OpenSSL.
#include <Security/Security.h>
#include <openssl/rsa.h>

#include <memory>

#include "faults.h"
#include "sec_object.h"

using apple_double::As;
using apple_double::Bytes;
using apple_double::Item;
using apple_double::KeyAccess;
using apple_double::Keychains;
using apple_double::ShouldFail;
using apple_double::Type;

namespace {

// What an algorithm needs of OpenSSL.
struct Scheme {
  SecKeyAlgorithm name;
  int key_type;
  const EVP_MD* (*digest)();
  int padding;
};

const Scheme* FindScheme(SecKeyAlgorithm algorithm) {
  static const Scheme schemes[] = {
      {kSecKeyAlgorithmRSASignatureDigestPKCS1v15SHA256, EVP_PKEY_RSA, EVP_sha256,
       RSA_PKCS1_PADDING},
      {kSecKeyAlgorithmRSASignatureDigestPSSSHA256, EVP_PKEY_RSA, EVP_sha256,
       RSA_PKCS1_PSS_PADDING},
      {kSecKeyAlgorithmECDSASignatureDigestX962SHA256, EVP_PKEY_EC, EVP_sha256, 0},
      {kSecKeyAlgorithmECDSASignatureDigestX962SHA384, EVP_PKEY_EC, EVP_sha384, 0},
      {kSecKeyAlgorithmECDSASignatureDigestX962SHA512, EVP_PKEY_EC, EVP_sha512, 0},
  };
  for (const Scheme& scheme : schemes) {
    if (CFEqual(scheme.name, algorithm)) return &scheme;
  }
  return nullptr;
}

bool Supports(const Item& item, const Scheme& scheme) {
  return EVP_PKEY_get_base_id(item.key.get()) == scheme.key_type &&
         (scheme.padding != RSA_PKCS1_PSS_PADDING || item.can_pss);
}

Bytes SignDigest(EVP_PKEY* key, const Scheme& scheme, const Bytes& digest) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new(key, nullptr), EVP_PKEY_CTX_free);
  std::size_t size = 0;
  const bool ready =
      EVP_PKEY_sign_init(context.get()) > 0 &&
      EVP_PKEY_CTX_set_signature_md(context.get(), scheme.digest()) > 0 &&
      (scheme.padding == 0 || EVP_PKEY_CTX_set_rsa_padding(context.get(), scheme.padding) > 0) &&
      (scheme.padding != RSA_PKCS1_PSS_PADDING ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) > 0) &&
      EVP_PKEY_sign(context.get(), nullptr, &size, digest.data(), digest.size()) > 0;
  Bytes signature(size);
  if (!ready ||
      EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()) <= 0) {
    apple_double::Abort("OpenSSL could not sign.");
  }
  signature.resize(size);
  return signature;
}

CFDataRef Refuse(CFErrorRef* error, CFStringRef domain, CFIndex code) {
  *error = new __CFError(domain, code, "Error " + std::to_string(code));
  return nullptr;
}

CFDataRef Refuse(CFErrorRef* error, CFIndex status) {
  return Refuse(error, kCFErrorDomainOSStatus, status);
}

// Whether the key may be used now, as securityd and the key's access control would say.
OSStatus CheckAccess(const __SecKey& key) {
  Keychains& keychains = apple_double::AllKeychains();
  const std::lock_guard<std::mutex> lock(keychains.mutex);
  bool present = false;
  for (const auto& item : keychains.items) present = present || item == key.item;
  if (!present) return errSecInvalidItemRef;
  if (key.item->access == KeyAccess::kDenied) return errSecAuthFailed;
  if (key.item->access == KeyAccess::kNeedsDialog) {
    const bool file = !key.item->keychain.empty();
    if (!(file ? keychains.interaction_allowed : key.may_ask_user)) {
      return errSecInteractionNotAllowed;
    }
    keychains.dialogs++;
  }
  return errSecSuccess;
}

}  // namespace

CFDictionaryRef SecKeyCopyAttributes(SecKeyRef reference) {
  if (ShouldFail("SecKeyCopyAttributes")) return nullptr;
  const Item& item = *As<__SecKey>(reference, Type::kKey).item;
  std::map<std::string, CFTypeRef> attributes;
  const auto add = [&](CFStringRef key, std::optional<bool> value) {
    if (value) attributes[key->utf8] = *value ? kCFBooleanTrue : kCFBooleanFalse;
  };
  add(kSecAttrCanSign, item.can_sign);
  add(kSecAttrIsExtractable, item.extractable);
  CFStringRef token = item.token_id ? new __CFString(*item.token_id) : nullptr;
  if (token != nullptr) attributes[kSecAttrTokenID->utf8] = token;
  const CFDictionaryRef dictionary = new __CFDictionary(std::move(attributes));
  if (token != nullptr) CFRelease(token);
  return dictionary;
}

// Firefox met macOS versions that ask for the keychain's password here already.
Boolean SecKeyIsAlgorithmSupported(SecKeyRef reference, SecKeyOperationType,
                                   SecKeyAlgorithm algorithm) {
  const auto& key = As<__SecKey>(reference, Type::kKey);
  const Scheme* scheme = FindScheme(algorithm);
  CheckAccess(key);
  return scheme != nullptr && Supports(*key.item, *scheme);
}

CFDataRef SecKeyCreateSignature(SecKeyRef reference, SecKeyAlgorithm algorithm, CFDataRef data,
                                CFErrorRef* error) {
  const auto& key = As<__SecKey>(reference, Type::kKey);
  const Bytes& digest = As<__CFData>(data, Type::kData).bytes;
  key.item->uses++;
  if (ShouldFail("SecKeyCreateSignature")) return Refuse(error, errSecNotAvailable);
  if (ShouldFail("SecKeyCreateSignature, without an error")) return nullptr;
  if (key.item->sign_error) {
    const auto domain = new __CFString(key.item->sign_error->first);
    Refuse(error, domain, key.item->sign_error->second);
    CFRelease(domain);
    return nullptr;
  }
  const OSStatus status = CheckAccess(key);
  if (status != errSecSuccess) return Refuse(error, status);
  if (key.item->signature) return new __CFData(*key.item->signature);
  const Scheme* scheme = FindScheme(algorithm);
  if (scheme == nullptr || !Supports(*key.item, *scheme) ||
      digest.size() != static_cast<std::size_t>(EVP_MD_get_size(scheme->digest()))) {
    return Refuse(error, errSecParam);
  }
  return new __CFData(SignDigest(key.item->key.get(), *scheme, digest));
}
