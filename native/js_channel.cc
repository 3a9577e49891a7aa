#include "js_channel.h"

#include <utility>

namespace countersign {

JsChannel::JsChannel(Napi::Env env, std::function<void()> at_env_end)
    : env_(env), at_env_end_(std::move(at_env_end)) {}

std::shared_ptr<JsChannel> JsChannel::Open(Napi::Env env, const char* name,
                                           std::function<void()> at_env_end) {
  std::shared_ptr<JsChannel> channel(new JsChannel(env, std::move(at_env_end)));
  channel->function_ = Function::New(
      env, name, 0, 1, new std::shared_ptr<JsChannel>(channel),
      [](Napi::Env, void*, std::shared_ptr<JsChannel>* held) { delete held; },
      static_cast<void*>(nullptr));
  channel->function_.Unref(env);
  // Cleanup hooks run last in, first out: this one before the thread-safe function's own.
  napi_add_env_cleanup_hook(env, &JsChannel::OnEnvEnd, channel.get());
  return channel;
}

void JsChannel::Send(Work work) {
  auto item = std::make_unique<Work>(std::move(work));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (open_ && function_.NonBlockingCall(item.get()) == napi_ok) {
    item.release();  // OnCall has it now
  }
}

void JsChannel::Retain() {
  if (open_) function_.Ref(env_);
}

void JsChannel::Release() {
  if (open_) function_.Unref(env_);
}

void JsChannel::Close() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!open_) return;
    open_ = false;
  }
  napi_remove_env_cleanup_hook(env_, &JsChannel::OnEnvEnd, this);
  function_.Release();
}

void JsChannel::OnEnvEnd(void* data) {
  auto* channel = static_cast<JsChannel*>(data);
  {
    const std::lock_guard<std::mutex> lock(channel->mutex_);
    channel->open_ = false;
  }
  if (channel->at_env_end_) channel->at_env_end_();
}

void JsChannel::OnCall(Napi::Env env, Napi::Function, std::shared_ptr<JsChannel>* channel,
                       Work* work) {
  const std::unique_ptr<Work> item(work);
  // env is null while Node drains the queue of an environment that has ended.
  if (env == nullptr || !(*channel)->open_) return;
  try {
    (*item)(env);
  } catch (const Napi::Error& error) {
    // What JavaScript threw in a callback is an uncaught exception, as it is for Node's own.
    if (!env.IsExceptionPending()) error.ThrowAsJavaScriptException();
  }
}

}  // namespace countersign
