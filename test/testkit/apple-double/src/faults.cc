#include "faults.h"

#include <mutex>

namespace apple_double {
namespace {

std::mutex mutex;
long countdown = 0;
std::string failed_call;

}  // namespace

void FailCall(long n) {
  const std::lock_guard<std::mutex> lock(mutex);
  countdown = n;
  failed_call.clear();
}

std::string FailedCall() {
  const std::lock_guard<std::mutex> lock(mutex);
  return failed_call;
}

bool ShouldFail(const char* call) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (countdown == 0 || --countdown > 0) return false;
  failed_call = call;
  return true;
}

}  // namespace apple_double
