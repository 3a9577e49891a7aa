// Systems where Node reads a file's owner and mode.
#include "managed_file.h"

namespace countersign {

ManagedFile ReadManagedFile(const std::string&, std::size_t) {
  throw OsError(AddonFailure::kUnsupported, "", "Node reads managed files on this system.");
}

}  // namespace countersign
