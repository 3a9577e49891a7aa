// Runs work on a thread of its own and settles promises with what came of it.
#ifndef COUNTERSIGN_NATIVE_PROMISE_THREAD_H_
#define COUNTERSIGN_NATIVE_PROMISE_THREAD_H_

#include <napi.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "job_thread.h"
#include "js_channel.h"
#include "os_failure.h"

namespace countersign {

// Used on the JavaScript thread only.
class PromiseThread {
 public:
  // Makes the promise's value; runs on the JavaScript thread.
  using MakeValue = std::function<Napi::Value(Napi::Env)>;
  // The work; runs on the thread of its own. What it throws rejects the promise.
  using Job = std::function<MakeValue()>;

  // at_end: see JobThread.
  PromiseThread(Napi::Env env, const char* name, std::function<void()> at_end);
  ~PromiseThread();
  PromiseThread(const PromiseThread&) = delete;
  PromiseThread& operator=(const PromiseThread&) = delete;

  // Runs a job after all earlier ones. Until its promise is settled, the process and the object
  // that owns this thread are kept alive.
  Napi::Promise Run(Napi::Object owner, Job job);
  // Rejects what is pending with AddonFailure::kClosed, and all that comes after. Does not wait for
  // a job that is under way. Closing twice is harmless.
  void Close();

 private:
  struct Pending {
    Napi::Promise::Deferred deferred;
    Napi::ObjectReference owner;
  };

  void Settle(std::uint64_t id, const std::function<void(const Napi::Promise::Deferred&)>& how);

  Napi::Env env_;
  std::uint64_t next_id_ = 0;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::shared_ptr<JsChannel> channel_;
  std::unique_ptr<JobThread> thread_;
};

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_PROMISE_THREAD_H_
