// Owners of Windows handles.
#ifndef COUNTERSIGN_NATIVE_WINDOWS_HANDLES_H_
#define COUNTERSIGN_NATIVE_WINDOWS_HANDLES_H_

#include <windows.h>
// windows.h first
#include <ncrypt.h>
#include <wincrypt.h>

#include <utility>

namespace countersign {

// Owns a handle of any type whose empty value is Handle{}. Close is called at most once a handle.
template <typename Handle, void (*Close)(Handle)>
class UniqueHandle {
 public:
  UniqueHandle() = default;
  explicit UniqueHandle(Handle handle) : handle_(handle) {}
  UniqueHandle(UniqueHandle&& other) noexcept : handle_(std::exchange(other.handle_, Handle{})) {}
  UniqueHandle& operator=(UniqueHandle&& other) noexcept {
    if (this != &other) {
      Reset();
      handle_ = std::exchange(other.handle_, Handle{});
    }
    return *this;
  }
  ~UniqueHandle() { Reset(); }

  Handle Get() const { return handle_; }
  explicit operator bool() const { return handle_ != Handle{}; }
  Handle Take() { return std::exchange(handle_, Handle{}); }
  // Where a call writes the handle to; only while empty.
  Handle* Out() { return &handle_; }

 private:
  void Reset() {
    if (handle_ != Handle{}) Close(std::exchange(handle_, Handle{}));
  }

  Handle handle_{};
};

inline void CloseCertStore(HCERTSTORE store) { CertCloseStore(store, 0); }
inline void FreeCertContext(PCCERT_CONTEXT context) { CertFreeCertificateContext(context); }
inline void FreeCertChain(PCCERT_CHAIN_CONTEXT chain) { CertFreeCertificateChain(chain); }
inline void FreeNCryptObject(NCRYPT_HANDLE handle) { NCryptFreeObject(handle); }
inline void ReleaseCryptContext(HCRYPTPROV provider) { CryptReleaseContext(provider, 0); }
inline void DestroyCryptHash(HCRYPTHASH hash) { CryptDestroyHash(hash); }
inline void DestroyCryptKey(HCRYPTKEY key) { CryptDestroyKey(key); }
inline void CloseKernelHandle(HANDLE handle) { CloseHandle(handle); }
inline void CloseRegistryKey(HKEY key) { RegCloseKey(key); }

using UniqueCertStore = UniqueHandle<HCERTSTORE, &CloseCertStore>;
using UniqueCertContext = UniqueHandle<PCCERT_CONTEXT, &FreeCertContext>;
using UniqueCertChain = UniqueHandle<PCCERT_CHAIN_CONTEXT, &FreeCertChain>;
using UniqueNCryptHandle = UniqueHandle<NCRYPT_HANDLE, &FreeNCryptObject>;
using UniqueCryptProvider = UniqueHandle<HCRYPTPROV, &ReleaseCryptContext>;
using UniqueCryptHash = UniqueHandle<HCRYPTHASH, &DestroyCryptHash>;
using UniqueCryptKey = UniqueHandle<HCRYPTKEY, &DestroyCryptKey>;
using UniqueKernelHandle = UniqueHandle<HANDLE, &CloseKernelHandle>;
using UniqueRegistryKey = UniqueHandle<HKEY, &CloseRegistryKey>;

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_WINDOWS_HANDLES_H_
