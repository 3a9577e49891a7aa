#include <windows.h>

#include "module_pin.h"
#include "windows_failure.h"

namespace countersign {

void PinModule() {
  HMODULE self = nullptr;
  if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                          reinterpret_cast<LPCWSTR>(reinterpret_cast<void*>(&PinModule)), &self)) {
    ThrowLastError("GetModuleHandleExW");
  }
}

}  // namespace countersign
