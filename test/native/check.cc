#include "check.h"

#include <cstdio>
#include <exception>
#include <vector>

namespace test {
namespace {

struct Test {
  const char* sentence;
  std::function<void()> body;
};

std::vector<Test>& Tests() {
  static std::vector<Test> tests;
  return tests;
}

// Returns why the test failed, or an empty text.
std::string Run(const Test& entry) {
  try {
    entry.body();
    return {};
  } catch (const CheckFailed& failed) {
    return failed.message;
  } catch (const countersign::OsError& error) {
    const countersign::Failure& failure = error.failure();
    return "unexpected " + failure.facility + " " + std::to_string(failure.code) + " of " +
           failure.api + ": " + failure.message;
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

Registered::Registered(const char* sentence, std::function<void()> body) {
  Tests().push_back({sentence, std::move(body)});
}

void Check(bool condition, const std::string& expectation) {
  if (!condition) throw CheckFailed{"expected: " + expectation};
}

countersign::Failure FailureOf(const std::function<void()>& body) {
  try {
    body();
  } catch (const countersign::OsError& error) {
    return error.failure();
  }
  throw CheckFailed{"expected: an OsError"};
}

bool Is(const countersign::Failure& failure, countersign::AddonFailure code) {
  return failure.facility == "countersign" && failure.code == static_cast<std::int64_t>(code);
}

bool Is(const countersign::Failure& failure, std::int64_t os_status) {
  return failure.facility == "osstatus" && failure.code == os_status;
}

int RunAll() {
  int failed = 0;
  // LeakSanitizer ends the process without a flush.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  for (const Test& entry : Tests()) {
    const std::string why = Run(entry);
    std::printf("%s %s\n", why.empty() ? "ok  " : "FAIL", entry.sentence);
    if (why.empty()) continue;
    std::printf("     %s\n", why.c_str());
    failed++;
  }
  std::printf("%zu passed, %d failed\n", Tests().size() - static_cast<std::size_t>(failed), failed);
  return failed;
}

}  // namespace test

int main() { return test::RunAll() == 0 ? 0 : 1; }
