// Systems where managed settings are files, which TypeScript reads.
#include "managed_policy.h"

namespace countersign {

std::vector<PolicySource> ReadManagedPolicy(const std::string&, const std::vector<std::string>&) {
  return {};
}

}  // namespace countersign
