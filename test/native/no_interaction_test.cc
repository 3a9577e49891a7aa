#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "check.h"
#include "fixture.h"
#include "no_interaction_mac.h"

namespace test {
namespace {

using countersign::NoInteraction;

bool DialogsAllowed() {
  auto& keychains = apple_double::AllKeychains();
  const std::lock_guard<std::mutex> lock(keychains.mutex);
  return keychains.interaction_allowed;
}

const Registered overlapping("dialogs: stay off until the last of several threads is done", [] {
  const CleanKeychains clean;
  auto first = std::make_unique<NoInteraction>();
  auto second = std::make_unique<NoInteraction>();
  first.reset();
  Check(!DialogsAllowed(), "no dialogs while the second is at work");
  first = std::make_unique<NoInteraction>();
  second.reset();
  Check(!DialogsAllowed(), "no dialogs while the first is at work again");
  first.reset();
  clean.CheckNothingLeft();
});

const Registered threads("dialogs: are off in each of many threads, and on again after them", [] {
  const CleanKeychains clean;
  std::atomic<int> allowed{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; i++) {
    workers.emplace_back([&allowed] {
      for (int n = 0; n < 2000; n++) {
        const NoInteraction quiet;
        if (DialogsAllowed()) allowed++;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  Check(allowed == 0, "no dialogs in any thread");
  clean.CheckNothingLeft();
});

}  // namespace
}  // namespace test
