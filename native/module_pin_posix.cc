#include <dlfcn.h>

#include "module_pin.h"
#include "os_failure.h"

namespace countersign {

void PinModule() {
  Dl_info self{};
  if (dladdr(reinterpret_cast<const void*>(&PinModule), &self) == 0) {
    throw OsError(AddonFailure::kUnexpected, "dladdr", "The addon's own file was not found.");
  }
  if (dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) == nullptr) {
    throw OsError(AddonFailure::kUnexpected, "dlopen", "The addon could not be kept loaded.");
  }
}

}  // namespace countersign
