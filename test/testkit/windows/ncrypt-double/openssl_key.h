// A private key in OpenSSL, taken from the process that the double runs in: node.exe exports it.
#ifndef COUNTERSIGN_TEST_NCRYPT_DOUBLE_OPENSSL_KEY_H_
#define COUNTERSIGN_TEST_NCRYPT_DOUBLE_OPENSSL_KEY_H_

#include <windows.h>

#include <memory>
#include <string>
#include <vector>

namespace ncrypt_double {

using Bytes = std::vector<BYTE>;

// How a signature is padded.
enum class Padding { kNone, kPkcs1, kPss };

class OpensslKey {
 public:
  // pem: PKCS #8. Returns nullptr where it is no such thing.
  static std::unique_ptr<OpensslKey> Read(const std::string& pem);
  ~OpensslKey();

  bool IsRsa() const;
  // The size of a signature as CNG gives it: RSA's modulus, or r‖s.
  std::size_t SignatureSize() const;
  // Signs a digest; hash is L"SHA256" … for RSA, empty for ECDSA. Empty where OpenSSL refuses.
  Bytes Sign(const Bytes& digest, Padding padding, const std::wstring& hash, ULONG salt) const;
  // DER of the SubjectPublicKeyInfo.
  Bytes PublicKey() const;

 private:
  explicit OpensslKey(void* key) : key_(key) {}
  void* key_;
};

}  // namespace ncrypt_double

#endif  // COUNTERSIGN_TEST_NCRYPT_DOUBLE_OPENSSL_KEY_H_
