#include "openssl_key.h"

namespace ncrypt_double {
namespace {

constexpr int kRsa = 6;  // EVP_PKEY_RSA
constexpr int kPkcs1Padding = 1;
constexpr int kPssPadding = 6;

template <typename Function>
Function* Import(const char* name) {
  return reinterpret_cast<Function*>(
      reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(nullptr), name)));
}

// OpenSSL 3's functions by their C signatures; all structures are opaque there, too.
struct Openssl {
  void* (*BIO_new_mem_buf)(const void*, int);
  int (*BIO_free)(void*);
  void* (*PEM_read_bio_PrivateKey)(void*, void**, void*, void*);
  void (*EVP_PKEY_free)(void*);
  int (*EVP_PKEY_get_base_id)(const void*);
  int (*EVP_PKEY_get_bits)(const void*);
  void* (*EVP_PKEY_CTX_new)(void*, void*);
  void (*EVP_PKEY_CTX_free)(void*);
  int (*EVP_PKEY_sign_init)(void*);
  int (*EVP_PKEY_sign)(void*, unsigned char*, std::size_t*, const unsigned char*, std::size_t);
  int (*EVP_PKEY_CTX_set_rsa_padding)(void*, int);
  int (*EVP_PKEY_CTX_set_rsa_pss_saltlen)(void*, int);
  int (*EVP_PKEY_CTX_set_signature_md)(void*, const void*);
  const void* (*EVP_sha256)();
  const void* (*EVP_sha384)();
  const void* (*EVP_sha512)();
  void* (*d2i_ECDSA_SIG)(void**, const unsigned char**, long);
  const void* (*ECDSA_SIG_get0_r)(const void*);
  const void* (*ECDSA_SIG_get0_s)(const void*);
  void (*ECDSA_SIG_free)(void*);
  int (*BN_bn2binpad)(const void*, unsigned char*, int);
  int (*i2d_PUBKEY)(const void*, unsigned char**);
};

#define IMPORT(name) Import<std::remove_pointer_t<decltype(Openssl::name)>>(#name)
const Openssl& Lib() {
  static const Openssl lib = {
      IMPORT(BIO_new_mem_buf),
      IMPORT(BIO_free),
      IMPORT(PEM_read_bio_PrivateKey),
      IMPORT(EVP_PKEY_free),
      IMPORT(EVP_PKEY_get_base_id),
      IMPORT(EVP_PKEY_get_bits),
      IMPORT(EVP_PKEY_CTX_new),
      IMPORT(EVP_PKEY_CTX_free),
      IMPORT(EVP_PKEY_sign_init),
      IMPORT(EVP_PKEY_sign),
      IMPORT(EVP_PKEY_CTX_set_rsa_padding),
      IMPORT(EVP_PKEY_CTX_set_rsa_pss_saltlen),
      IMPORT(EVP_PKEY_CTX_set_signature_md),
      IMPORT(EVP_sha256),
      IMPORT(EVP_sha384),
      IMPORT(EVP_sha512),
      IMPORT(d2i_ECDSA_SIG),
      IMPORT(ECDSA_SIG_get0_r),
      IMPORT(ECDSA_SIG_get0_s),
      IMPORT(ECDSA_SIG_free),
      IMPORT(BN_bn2binpad),
      IMPORT(i2d_PUBKEY),
  };
  return lib;
}
#undef IMPORT

const void* HashOf(const std::wstring& name) {
  if (name == L"SHA256") return Lib().EVP_sha256();
  if (name == L"SHA384") return Lib().EVP_sha384();
  if (name == L"SHA512") return Lib().EVP_sha512();
  return nullptr;
}

Bytes ToFixedWidth(const Bytes& der, std::size_t size) {
  const unsigned char* position = der.data();
  void* signature = Lib().d2i_ECDSA_SIG(nullptr, &position, static_cast<long>(der.size()));
  if (signature == nullptr) return {};
  Bytes fixed(size);
  const int half = static_cast<int>(size / 2);
  Lib().BN_bn2binpad(Lib().ECDSA_SIG_get0_r(signature), fixed.data(), half);
  Lib().BN_bn2binpad(Lib().ECDSA_SIG_get0_s(signature), fixed.data() + half, half);
  Lib().ECDSA_SIG_free(signature);
  return fixed;
}

}  // namespace

std::unique_ptr<OpensslKey> OpensslKey::Read(const std::string& pem) {
  void* bio = Lib().BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  void* key = Lib().PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  Lib().BIO_free(bio);
  return std::unique_ptr<OpensslKey>(key == nullptr ? nullptr : new OpensslKey(key));
}

OpensslKey::~OpensslKey() { Lib().EVP_PKEY_free(key_); }

bool OpensslKey::IsRsa() const { return Lib().EVP_PKEY_get_base_id(key_) == kRsa; }

std::size_t OpensslKey::SignatureSize() const {
  const auto width = static_cast<std::size_t>((Lib().EVP_PKEY_get_bits(key_) + 7) / 8);
  return IsRsa() ? width : 2 * width;
}

Bytes OpensslKey::Sign(const Bytes& digest, Padding padding, const std::wstring& hash,
                       ULONG salt) const {
  const std::unique_ptr<void, void (*)(void*)> context(Lib().EVP_PKEY_CTX_new(key_, nullptr),
                                                       Lib().EVP_PKEY_CTX_free);
  if (Lib().EVP_PKEY_sign_init(context.get()) <= 0) return {};
  if (IsRsa()) {
    if (padding == Padding::kNone ||
        Lib().EVP_PKEY_CTX_set_rsa_padding(
            context.get(), padding == Padding::kPss ? kPssPadding : kPkcs1Padding) <= 0 ||
        Lib().EVP_PKEY_CTX_set_signature_md(context.get(), HashOf(hash)) <= 0) {
      return {};
    }
    if (padding == Padding::kPss &&
        Lib().EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), static_cast<int>(salt)) <= 0) {
      return {};
    }
  } else if (padding != Padding::kNone) {
    return {};
  }
  Bytes signature(1024);
  std::size_t size = signature.size();
  if (Lib().EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()) <=
      0) {
    return {};
  }
  signature.resize(size);
  return IsRsa() ? signature : ToFixedWidth(signature, SignatureSize());
}

Bytes OpensslKey::PublicKey() const {
  Bytes der(static_cast<std::size_t>(Lib().i2d_PUBKEY(key_, nullptr)));
  unsigned char* position = der.data();
  Lib().i2d_PUBKEY(key_, &position);
  return der;
}

}  // namespace ncrypt_double
