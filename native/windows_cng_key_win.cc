// Keys of CNG key storage providers: software, TPM (Microsoft Platform Crypto Provider), smart
// card.
#include <optional>
#include <string>

#include "windows_failure.h"
#include "windows_private_key.h"

// ncrypt.h of Windows 10 has these; older and other headers do not.
#ifndef NCRYPT_PCP_PSS_SALT_SIZE_PROPERTY
#define NCRYPT_PCP_PSS_SALT_SIZE_PROPERTY L"PSS Salt Size"
#define NCRYPT_TPM_PSS_SALT_SIZE_HASHSIZE 0x00000002
#endif
#ifndef MS_PLATFORM_CRYPTO_PROVIDER
#define MS_PLATFORM_CRYPTO_PROVIDER L"Microsoft Platform Crypto Provider"
#endif

namespace countersign {
namespace {

constexpr DWORD kMaxPropertySize = 4096;

std::optional<DWORD> NumberProperty(NCRYPT_HANDLE object, const wchar_t* name) {
  DWORD value = 0;
  DWORD size = 0;
  const SECURITY_STATUS status = NCryptGetProperty(object, name, reinterpret_cast<BYTE*>(&value),
                                                   sizeof value, &size, NCRYPT_SILENT_FLAG);
  if (status != ERROR_SUCCESS || size != sizeof value) return std::nullopt;
  return value;
}

std::wstring TextProperty(NCRYPT_HANDLE object, const wchar_t* name) {
  DWORD size = 0;
  if (NCryptGetProperty(object, name, nullptr, 0, &size, NCRYPT_SILENT_FLAG) != ERROR_SUCCESS ||
      size > kMaxPropertySize) {
    return {};
  }
  std::wstring text(size / sizeof(wchar_t), L'\0');
  if (NCryptGetProperty(object, name, reinterpret_cast<BYTE*>(text.data()),
                        static_cast<DWORD>(text.size() * sizeof(wchar_t)), &size,
                        NCRYPT_SILENT_FLAG) != ERROR_SUCCESS) {
    return {};
  }
  return text.substr(0, text.find(L'\0'));
}

UniqueNCryptHandle ProviderOf(NCRYPT_HANDLE key) {
  UniqueNCryptHandle provider;
  DWORD size = 0;
  if (NCryptGetProperty(key, NCRYPT_PROVIDER_HANDLE_PROPERTY,
                        reinterpret_cast<BYTE*>(provider.Out()), sizeof(NCRYPT_HANDLE), &size,
                        NCRYPT_SILENT_FLAG) != ERROR_SUCCESS) {
    return {};
  }
  return provider;
}

// JWS wants a salt as long as the hash (RFC 7518 section 3.5). A TPM by its older specification
// uses the longest salt that fits, and Windows says which kind it is. Other providers do as they
// are told.
bool CanSaltByHashSize(NCRYPT_HANDLE key, NCRYPT_HANDLE provider, const std::wstring& name) {
  if (name != MS_PLATFORM_CRYPTO_PROVIDER) return true;
  auto salt = NumberProperty(key, NCRYPT_PCP_PSS_SALT_SIZE_PROPERTY);
  if (!salt) salt = NumberProperty(provider, NCRYPT_PCP_PSS_SALT_SIZE_PROPERTY);
  return salt == DWORD{NCRYPT_TPM_PSS_SALT_SIZE_HASHSIZE};
}

class CngKey final : public PrivateKey {
 public:
  explicit CngKey(UniqueNCryptHandle key) : key_(std::move(key)) {}

  KeyDescription Describe() const override {
    KeyDescription description;
    const UniqueNCryptHandle provider = ProviderOf(key_.Get());
    const std::wstring name =
        provider ? TextProperty(provider.Get(), NCRYPT_NAME_PROPERTY) : std::wstring();
    description.provider = ToUtf8(name);
    if (provider) {
      const auto implementation = NumberProperty(provider.Get(), NCRYPT_IMPL_TYPE_PROPERTY);
      if (implementation) description.protection = ProtectionOf(*implementation);
    }
    const auto export_policy = NumberProperty(key_.Get(), NCRYPT_EXPORT_POLICY_PROPERTY);
    if (export_policy) {
      description.exportable =
          (*export_policy & (NCRYPT_ALLOW_EXPORT_FLAG | NCRYPT_ALLOW_PLAINTEXT_EXPORT_FLAG)) != 0;
    }
    description.rsa_pss_sha256 = CanSaltByHashSize(key_.Get(), provider.Get(), name);
    const auto usage = NumberProperty(key_.Get(), NCRYPT_KEY_USAGE_PROPERTY);
    if (usage && (*usage & NCRYPT_ALLOW_SIGNING_FLAG) == 0) {
      description.rsa_pkcs1_sha256 = description.rsa_pss_sha256 = description.ecdsa = false;
    }
    return description;
  }

  Bytes Sign(Algorithm algorithm, const Bytes& digest) const override {
    BCRYPT_PKCS1_PADDING_INFO pkcs1{BCRYPT_SHA256_ALGORITHM};
    BCRYPT_PSS_PADDING_INFO pss{BCRYPT_SHA256_ALGORITHM, static_cast<ULONG>(digest.size())};
    switch (algorithm) {
      case Algorithm::kRs256:
        return SignHash(digest, &pkcs1, BCRYPT_PAD_PKCS1);
      case Algorithm::kPs256:
        return SignHash(digest, &pss, BCRYPT_PAD_PSS);
      case Algorithm::kEs256:
      case Algorithm::kEs384:
      case Algorithm::kEs512:
        break;
    }
    // CNG gives r‖s of the curve's width, as JWS wants it.
    Bytes signature = SignHash(digest, nullptr, 0);
    if (signature.size() != 2 * EcdsaComponentSize(algorithm)) {
      throw OsError(AddonFailure::kBadSignature, "NCryptSignHash",
                    "The signature is not as wide as the algorithm's curve.");
    }
    return signature;
  }

 private:
  Bytes SignHash(const Bytes& digest, void* padding, DWORD flags) const {
    auto* data = const_cast<BYTE*>(digest.data());
    const auto length = static_cast<DWORD>(digest.size());
    flags |= NCRYPT_SILENT_FLAG;
    DWORD size = 0;
    SECURITY_STATUS status =
        NCryptSignHash(key_.Get(), padding, data, length, nullptr, 0, &size, flags);
    if (status != ERROR_SUCCESS) ThrowWindows(static_cast<DWORD>(status), "NCryptSignHash");
    if (size > kMaxPropertySize) {
      throw OsError(AddonFailure::kBadSignature, "NCryptSignHash",
                    "The signature would be larger than any.");
    }
    Bytes signature(size);
    status =
        NCryptSignHash(key_.Get(), padding, data, length, signature.data(), size, &size, flags);
    if (status != ERROR_SUCCESS) ThrowWindows(static_cast<DWORD>(status), "NCryptSignHash");
    if (size > signature.size()) {
      throw OsError(AddonFailure::kBadSignature, "NCryptSignHash",
                    "The signature is larger than its buffer.");
    }
    signature.resize(size);
    return signature;
  }

  UniqueNCryptHandle key_;
};

}  // namespace

std::unique_ptr<PrivateKey> MakeCngKey(UniqueNCryptHandle key) {
  return std::make_unique<CngKey>(std::move(key));
}

}  // namespace countersign
