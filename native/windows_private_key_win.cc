#include "windows_failure.h"
#include "windows_private_key.h"

namespace countersign {
namespace {

// SILENT: a provider that would need a dialog answers NTE_SILENT_CONTEXT instead.
// COMPARE_KEY: a key that is not the certificate's is NTE_BAD_PUBLIC_KEY.
// NO_HEALING: a certificate without a key stays one; no search through every key container.
// Without CRYPT_ACQUIRE_CACHE_FLAG the handle is the caller's to free.
constexpr DWORD kAcquireFlags = CRYPT_ACQUIRE_PREFER_NCRYPT_KEY_FLAG | CRYPT_ACQUIRE_SILENT_FLAG |
                                CRYPT_ACQUIRE_COMPARE_KEY_FLAG | CRYPT_ACQUIRE_NO_HEALING;

}  // namespace

std::unique_ptr<PrivateKey> AcquirePrivateKey(PCCERT_CONTEXT certificate) {
  HCRYPTPROV_OR_NCRYPT_KEY_HANDLE handle = 0;
  DWORD key_spec = 0;
  BOOL caller_frees = FALSE;
  if (!CryptAcquireCertificatePrivateKey(certificate, kAcquireFlags, nullptr, &handle, &key_spec,
                                         &caller_frees)) {
    ThrowLastError("CryptAcquireCertificatePrivateKey");
  }
  const bool cng = key_spec == CERT_NCRYPT_KEY_SPEC;
  UniqueNCryptHandle cng_key(cng ? static_cast<NCRYPT_HANDLE>(handle) : 0);
  UniqueCryptProvider capi_provider(cng ? 0 : static_cast<HCRYPTPROV>(handle));
  if (!caller_frees) {
    // Documented not to happen without the cache flag; a handle that is not ours must not be kept.
    cng_key.Take();
    capi_provider.Take();
    throw OsError(AddonFailure::kUnexpected, "CryptAcquireCertificatePrivateKey",
                  "The system keeps the key handle to itself.");
  }
  return cng ? MakeCngKey(std::move(cng_key))
             : MakeCapiKey(std::move(capi_provider), key_spec, certificate);
}

Protection ProtectionOf(DWORD implementation_type) {
  if ((implementation_type & (NCRYPT_IMPL_HARDWARE_FLAG | NCRYPT_IMPL_REMOVABLE_FLAG)) != 0) {
    // CRYPT_IMPL_MIXED is both bits: the key may be in either.
    return (implementation_type & NCRYPT_IMPL_SOFTWARE_FLAG) != 0 ? Protection::kUnknown
                                                                  : Protection::kHardware;
  }
  return (implementation_type & NCRYPT_IMPL_SOFTWARE_FLAG) != 0 ? Protection::kSoftware
                                                                : Protection::kUnknown;
}

}  // namespace countersign
