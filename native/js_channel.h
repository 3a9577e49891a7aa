// The way from any thread back to the JavaScript thread.
#ifndef COUNTERSIGN_NATIVE_JS_CHANNEL_H_
#define COUNTERSIGN_NATIVE_JS_CHANNEL_H_

#include <napi.h>

#include <functional>
#include <memory>
#include <mutex>

namespace countersign {

// A thread-safe function with an end that both sides agree on. Node frees a thread-safe function
// when its environment ends, whoever still holds it; Send takes a lock that the end takes too, so a
// thread that outlives the environment (a worker that was terminated) finds the channel closed
// instead of freed memory.
class JsChannel {
 public:
  using Work = std::function<void(Napi::Env)>;

  // Opens a channel that does not keep the process alive. On the JavaScript thread.
  // at_env_end: called on the JavaScript thread if the environment ends before Close.
  static std::shared_ptr<JsChannel> Open(Napi::Env env, const char* name,
                                         std::function<void()> at_env_end);

  // Has the work done on the JavaScript thread, or drops it where the channel is closed. Any
  // thread.
  void Send(Work work);
  // Keeps the process alive until Release. On the JavaScript thread.
  void Retain();
  void Release();
  // Once this returns no work runs any more, not even what was sent before. On the JavaScript
  // thread; closing twice is harmless.
  void Close();

 private:
  static void OnCall(Napi::Env env, Napi::Function callback, std::shared_ptr<JsChannel>* channel,
                     Work* work);
  static void OnEnvEnd(void* channel);
  using Function = Napi::TypedThreadSafeFunction<std::shared_ptr<JsChannel>, Work, &OnCall>;

  explicit JsChannel(Napi::Env env, std::function<void()> at_env_end);

  Napi::Env env_;
  std::function<void()> at_env_end_;
  std::mutex mutex_;  // guards the two below
  bool open_ = true;
  Function function_;
};

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_JS_CHANNEL_H_
