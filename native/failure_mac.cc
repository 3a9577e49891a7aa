#include "failure_mac.h"

#include "cf_ref_mac.h"

namespace countersign {
namespace {

// The text, or an empty one: a failure is reported even where its sentence cannot be had.
std::string TextOrNothing(const CfRef<CFStringRef>& text) {
  if (!text) return {};
  try {
    return ToUtf8(text.get());
  } catch (const OsError&) {
    return {};
  }
}

}  // namespace

Failure FailureOfStatus(OSStatus status, const char* api) {
  const auto text = CfRef<CFStringRef>::Adopt(SecCopyErrorMessageString(status, nullptr));
  return {"osstatus", status, api, TextOrNothing(text)};
}

Failure FailureOfError(CFErrorRef error, const char* api) {
  if (error == nullptr) {
    return {"countersign", static_cast<std::int64_t>(AddonFailure::kUnexpected), api,
            "The call failed without an error."};
  }
  const CFStringRef domain = CFErrorGetDomain(error);
  const auto text = CfRef<CFStringRef>::Adopt(CFErrorCopyDescription(error));
  std::string facility = CFEqual(domain, kCFErrorDomainOSStatus)
                             ? std::string("osstatus")
                             : TextOrNothing(CfRef<CFStringRef>::Retain(domain));
  return {std::move(facility), CFErrorGetCode(error), api, TextOrNothing(text)};
}

}  // namespace countersign
