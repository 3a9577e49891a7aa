// Systems that have no certificate store of their own: PKCS#11 and files serve there.
#include "certificate_store.h"

namespace countersign {

std::unique_ptr<CertificateStore> OpenCertificateStore() {
  throw OsError(AddonFailure::kUnsupported, "",
                "This operating system has no certificate store of its own.");
}

std::unique_ptr<StoreWatch> WatchCertificateStore(std::function<void()>) { return nullptr; }

}  // namespace countersign
