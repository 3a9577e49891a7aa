// Keys of cryptographic service providers, the CryptoAPI that CNG replaced: RSA with PKCS #1 only.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "windows_failure.h"
#include "windows_private_key.h"

namespace countersign {
namespace {

constexpr DWORD kMaxSignatureSize = 4096;

// Microsoft's own software providers keep their keys in the same containers, so that a key made
// with one can be opened with "Microsoft Enhanced RSA and AES Cryptographic Provider", which knows
// SHA-256. Never tried with anyone else's provider: its keys are elsewhere.
constexpr std::array<std::wstring_view, 3> kProvidersToUpgrade = {
    L"Microsoft Base Cryptographic Provider v1.0",
    L"Microsoft Strong Cryptographic Provider",
    L"Microsoft Enhanced Cryptographic Provider v1.0",
};

UniqueCryptHash MakeSha256(HCRYPTPROV provider) {
  UniqueCryptHash hash;
  if (!CryptCreateHash(provider, CALG_SHA_256, 0, 0, hash.Out())) return {};
  return hash;
}

// The provider's key container, named by the certificate, opened with the provider that knows
// SHA-256; empty where that is not possible.
UniqueCryptProvider OpenWithSha256(PCCERT_CONTEXT certificate) {
  DWORD size = 0;
  if (!CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, nullptr, &size)) {
    return {};
  }
  // The structure and the texts that it points to, in one block.
  std::vector<CRYPT_KEY_PROV_INFO> block(size / sizeof(CRYPT_KEY_PROV_INFO) + 1);
  if (!CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, block.data(),
                                         &size)) {
    return {};
  }
  const CRYPT_KEY_PROV_INFO& info = block.front();
  if (info.pwszProvName == nullptr ||
      std::find(kProvidersToUpgrade.begin(), kProvidersToUpgrade.end(), info.pwszProvName) ==
          kProvidersToUpgrade.end()) {
    return {};
  }
  UniqueCryptProvider provider;
  if (!CryptAcquireContextW(provider.Out(), info.pwszContainerName, MS_ENH_RSA_AES_PROV_W,
                            PROV_RSA_AES, (info.dwFlags & CRYPT_MACHINE_KEYSET) | CRYPT_SILENT)) {
    return {};
  }
  return provider;
}

std::optional<DWORD> NumberParameter(HCRYPTPROV provider, DWORD parameter) {
  DWORD value = 0;
  DWORD size = sizeof value;
  if (!CryptGetProvParam(provider, parameter, reinterpret_cast<BYTE*>(&value), &size, 0)) {
    return std::nullopt;
  }
  return value;
}

std::string NameOf(HCRYPTPROV provider) {
  std::array<char, 512> name{};
  auto size = static_cast<DWORD>(name.size() - 1);
  if (!CryptGetProvParam(provider, PP_NAME, reinterpret_cast<BYTE*>(name.data()), &size, 0)) {
    return {};
  }
  return name.data();
}

class CapiKey final : public PrivateKey {
 public:
  CapiKey(UniqueCryptProvider provider, DWORD key_spec)
      : provider_(std::move(provider)), key_spec_(key_spec) {}

  KeyDescription Describe() const override {
    KeyDescription description;
    description.provider = NameOf(provider_.Get());
    const auto implementation = NumberParameter(provider_.Get(), PP_IMPTYPE);
    if (implementation) description.protection = ProtectionOf(*implementation);
    UniqueCryptKey key;
    DWORD permissions = 0;
    DWORD size = sizeof permissions;
    if (CryptGetUserKey(provider_.Get(), key_spec_, key.Out()) &&
        CryptGetKeyParam(key.Get(), KP_PERMISSIONS, reinterpret_cast<BYTE*>(&permissions), &size,
                         0)) {
      description.exportable = (permissions & CRYPT_EXPORT) != 0;
    }
    description.rsa_pkcs1_sha256 = static_cast<bool>(MakeSha256(provider_.Get()));
    description.rsa_pss_sha256 = false;
    description.ecdsa = false;
    return description;
  }

  Bytes Sign(Algorithm algorithm, const Bytes& digest) const override {
    if (algorithm != Algorithm::kRs256) {
      throw OsError(AddonFailure::kUnsupported, "CryptSignHashW",
                    "Cryptographic service providers sign with RSA PKCS #1 only.");
    }
    const UniqueCryptHash hash = MakeSha256(provider_.Get());
    if (!hash) ThrowLastError("CryptCreateHash");
    if (!CryptSetHashParam(hash.Get(), HP_HASHVAL, digest.data(), 0)) {
      ThrowLastError("CryptSetHashParam");
    }
    DWORD size = 0;
    if (!CryptSignHashW(hash.Get(), key_spec_, nullptr, 0, nullptr, &size)) {
      ThrowLastError("CryptSignHashW");
    }
    if (size > kMaxSignatureSize) {
      throw OsError(AddonFailure::kBadSignature, "CryptSignHashW",
                    "The signature would be larger than any.");
    }
    Bytes signature(size);
    if (!CryptSignHashW(hash.Get(), key_spec_, nullptr, 0, signature.data(), &size)) {
      ThrowLastError("CryptSignHashW");
    }
    signature.resize(std::min<std::size_t>(size, signature.size()));
    // CryptoAPI's numbers are little-endian, RFC 8017's are big-endian.
    std::reverse(signature.begin(), signature.end());
    return signature;
  }

 private:
  UniqueCryptProvider provider_;
  DWORD key_spec_;
};

}  // namespace

std::unique_ptr<PrivateKey> MakeCapiKey(UniqueCryptProvider provider, DWORD key_spec,
                                        PCCERT_CONTEXT certificate) {
  if (!MakeSha256(provider.Get())) {
    UniqueCryptProvider better = OpenWithSha256(certificate);
    if (better) provider = std::move(better);
  }
  return std::make_unique<CapiKey>(std::move(provider), key_spec);
}

}  // namespace countersign
