#include "hook.h"

#include <cstring>

namespace ncrypt_double {

Hook::Hook(const char* name, void* replacement)
    : original_(reinterpret_cast<void*>(GetProcAddress(LoadLibraryW(L"crypt32.dll"), name))) {
  std::memcpy(code_.data(), original_, code_.size());
  std::memcpy(jump_.data() + 6, &replacement, sizeof replacement);
  Write(jump_);
}

BOOL Hook::PassOn(const std::function<BOOL(void*)>& call) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Write(code_);
  const BOOL result = call(original_);
  const DWORD error = GetLastError();
  Write(jump_);
  SetLastError(error);
  return result;
}

void Hook::Write(const Code& code) {
  DWORD protection = 0;
  VirtualProtect(original_, code.size(), PAGE_EXECUTE_READWRITE, &protection);
  std::memcpy(original_, code.data(), code.size());
  VirtualProtect(original_, code.size(), protection, &protection);
  FlushInstructionCache(GetCurrentProcess(), original_, code.size());
}

}  // namespace ncrypt_double
