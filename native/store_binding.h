// The JavaScript object around a CertificateStore.
#ifndef COUNTERSIGN_NATIVE_STORE_BINDING_H_
#define COUNTERSIGN_NATIVE_STORE_BINDING_H_

#include <napi.h>

#include <memory>

#include "certificate_store.h"
#include "js_channel.h"
#include "promise_thread.h"

namespace countersign {

// new CertificateStore(), list(), sign(), watch(), close(): see src/native/addon.ts.
class StoreBinding : public Napi::ObjectWrap<StoreBinding> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit StoreBinding(const Napi::CallbackInfo& info);
  ~StoreBinding() override;

 private:
  // What lives and dies on the key thread.
  struct KeyThreadState;

  Napi::Value List(const Napi::CallbackInfo& info);
  Napi::Value Sign(const Napi::CallbackInfo& info);
  Napi::Value Watch(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);
  void StopWatching();

  std::shared_ptr<KeyThreadState> state_;
  PromiseThread thread_;
  Napi::FunctionReference changed_;
  std::shared_ptr<JsChannel> changes_;
};

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_STORE_BINDING_H_
