// CryptAcquireCertificatePrivateKey for certificates whose key is in CNG.
//
// Wine's crypt32.dll ignores the CNG flags and asks a CryptoAPI provider for every key. This
// replaces the function's first instructions by a jump to the one below, which serves certificates
// that name a CNG container (provider type 0) and passes all others on to Wine.
#include <vector>

#include "double_key.h"
#include "hook.h"

namespace ncrypt_double {
namespace {

using Acquire = BOOL(WINAPI*)(PCCERT_CONTEXT, DWORD, void*, HCRYPTPROV_OR_NCRYPT_KEY_HANDLE*,
                              DWORD*, BOOL*);
// The flags that the addon must never forget: without them Windows shows dialogs, takes a CryptoAPI
// handle where CNG has one, or hands out a key that is not the certificate's.
constexpr DWORD kExpectedFlags = CRYPT_ACQUIRE_SILENT_FLAG | CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG |
                                 CRYPT_ACQUIRE_COMPARE_KEY_FLAG;

Hook* hook = nullptr;

std::vector<BYTE> KeyInfoOf(PCCERT_CONTEXT certificate) {
  DWORD size = 0;
  if (!CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, nullptr, &size)) {
    return {};
  }
  std::vector<BYTE> info(size);
  CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, info.data(), &size);
  return info;
}

bool HasKeyOf(const Object& object, PCCERT_CONTEXT certificate) {
  BYTE* encoded = nullptr;
  DWORD size = 0;
  if (!CryptEncodeObjectEx(X509_ASN_ENCODING, X509_PUBLIC_KEY_INFO,
                           &certificate->pCertInfo->SubjectPublicKeyInfo, CRYPT_ENCODE_ALLOC_FLAG,
                           nullptr, &encoded, &size)) {
    return false;
  }
  const Bytes theirs(encoded, encoded + size);
  LocalFree(encoded);
  return theirs == object.key->PublicKey();
}

BOOL FailWith(SECURITY_STATUS status) {
  SetLastError(static_cast<DWORD>(status));
  return FALSE;
}

BOOL WINAPI AcquireDouble(PCCERT_CONTEXT certificate, DWORD flags, void* parameters,
                          HCRYPTPROV_OR_NCRYPT_KEY_HANDLE* handle, DWORD* key_spec,
                          BOOL* caller_frees) {
  const std::vector<BYTE> bytes = KeyInfoOf(certificate);
  if (bytes.empty()) return FailWith(CRYPT_E_NO_KEY_PROPERTY);
  const auto* info = reinterpret_cast<const CRYPT_KEY_PROV_INFO*>(bytes.data());
  if (info->dwProvType != 0) {
    return hook->PassOn([&](void* original) {
      return reinterpret_cast<Acquire>(original)(certificate, flags, parameters, handle, key_spec,
                                                 caller_frees);
    });
  }
  if ((flags & kExpectedFlags) != kExpectedFlags) return FailWith(NTE_BAD_FLAGS);
  SECURITY_STATUS status = ERROR_SUCCESS;
  auto object = OpenKey(info->pwszProvName, info->pwszContainerName, &status);
  if (object == nullptr) return FailWith(status);
  if (!HasKeyOf(*object, certificate)) return FailWith(NTE_BAD_PUBLIC_KEY);
  *handle = ToHandle(std::move(object));
  *key_spec = CERT_NCRYPT_KEY_SPEC;
  *caller_frees = TRUE;
  return TRUE;
}

}  // namespace

void HookAcquire() {
  hook = new Hook("CryptAcquireCertificatePrivateKey", reinterpret_cast<void*>(&AcquireDouble));
}

}  // namespace ncrypt_double
