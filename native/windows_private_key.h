// The private key of a Windows certificate: one interface over CNG and the older CryptoAPI.
#ifndef COUNTERSIGN_NATIVE_WINDOWS_PRIVATE_KEY_H_
#define COUNTERSIGN_NATIVE_WINDOWS_PRIVATE_KEY_H_

#include <memory>

#include "certificate_store.h"
#include "windows_handles.h"

namespace countersign {

// A key that is open. Used on the thread that opened it.
class PrivateKey {
 public:
  virtual ~PrivateKey() = default;
  // Asks the provider; no trial signature, no dialog. What it does not answer stays unknown.
  virtual KeyDescription Describe() const = 0;
  // See CertificateStore::Sign.
  virtual Bytes Sign(Algorithm algorithm, const Bytes& digest) const = 0;

 protected:
  PrivateKey() = default;
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
};

// Opens a certificate's private key without any dialog, CNG preferred. Throws OsError.
std::unique_ptr<PrivateKey> AcquirePrivateKey(PCCERT_CONTEXT certificate);

// The two kinds; AcquirePrivateKey chooses. Each takes the handle over.
std::unique_ptr<PrivateKey> MakeCngKey(UniqueNCryptHandle key);
std::unique_ptr<PrivateKey> MakeCapiKey(UniqueCryptProvider provider, DWORD key_spec,
                                        PCCERT_CONTEXT certificate);

// Microsoft's flags for where a key lives: NCRYPT_IMPL_* and CRYPT_IMPL_* have the same values.
Protection ProtectionOf(DWORD implementation_type);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_WINDOWS_PRIVATE_KEY_H_
