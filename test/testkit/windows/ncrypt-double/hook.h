// Replaces a function of crypt32.dll in this process.
#ifndef COUNTERSIGN_TEST_NCRYPT_DOUBLE_HOOK_H_
#define COUNTERSIGN_TEST_NCRYPT_DOUBLE_HOOK_H_

#include <windows.h>

#include <array>
#include <functional>
#include <mutex>

namespace ncrypt_double {

// Writes a jump over the first instructions of a function; lives as long as the process.
class Hook {
 public:
  Hook(const char* name, void* replacement);

  // Calls the function as it was. Other threads wait.
  BOOL PassOn(const std::function<BOOL(void* original)>& call);

 private:
  using Code = std::array<BYTE, 14>;

  void Write(const Code& code);

  std::mutex mutex_;
  void* original_;
  Code code_;
  Code jump_ = {0xff, 0x25, 0, 0, 0, 0};  // jmp [rip+0], and the address behind it
};

// CryptAcquireCertificatePrivateKey and CertControlStore.
void HookAcquire();
void HookControlStore();

}  // namespace ncrypt_double

#endif  // COUNTERSIGN_TEST_NCRYPT_DOUBLE_HOOK_H_
