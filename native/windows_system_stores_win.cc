#include "windows_failure.h"
#include "windows_system_stores.h"

namespace countersign {

UniqueCertStore OpenSystemStore(const SystemStore& place) {
  UniqueCertStore store(CertOpenStore(
      CERT_STORE_PROV_SYSTEM_W, 0, 0,
      place.location | CERT_STORE_OPEN_EXISTING_FLAG | CERT_STORE_READONLY_FLAG, L"MY"));
  if (!store && GetLastError() != ERROR_FILE_NOT_FOUND) ThrowLastError("CertOpenStore");
  return store;
}

void ForEachCertificate(const SystemStore& place,
                        const std::function<bool(PCCERT_CONTEXT, HCERTSTORE)>& visit) {
  const UniqueCertStore store = OpenSystemStore(place);
  if (!store) return;
  UniqueCertContext certificate;
  while (true) {
    // The call frees the context that it is given.
    certificate = UniqueCertContext(CertEnumCertificatesInStore(store.Get(), certificate.Take()));
    if (!certificate) {
      const DWORD reason = GetLastError();
      if (reason == static_cast<DWORD>(CRYPT_E_NOT_FOUND) || reason == ERROR_NO_MORE_FILES) return;
      ThrowWindows(reason, "CertEnumCertificatesInStore");
    }
    if (!visit(certificate.Get(), store.Get())) return;
  }
}

}  // namespace countersign
