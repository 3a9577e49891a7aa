// The least of a test framework: named tests that run one after another, and checks that say where
// they failed. The program's last line is "N passed, N failed".
#ifndef TEST_NATIVE_CHECK_H_
#define TEST_NATIVE_CHECK_H_

#include <functional>
#include <string>

#include "os_failure.h"

namespace test {

// Declares a test at start-up: static const Registered name("sentence", [] { ... });
class Registered {
 public:
  Registered(const char* sentence, std::function<void()> body);
};

// Thrown by a check that fails.
struct CheckFailed {
  std::string message;
};

// Ends the running test where the condition is false.
void Check(bool condition, const std::string& expectation);

// Runs something that must throw OsError; returns its failure.
countersign::Failure FailureOf(const std::function<void()>& body);

// Whether a failure is this addon's own of that kind.
bool Is(const countersign::Failure& failure, countersign::AddonFailure code);

// Whether a failure is an OSStatus.
bool Is(const countersign::Failure& failure, std::int64_t os_status);

// Runs all tests; returns the number that failed.
int RunAll();

}  // namespace test

#endif  // TEST_NATIVE_CHECK_H_
