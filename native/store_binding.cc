#include "store_binding.h"

#include <utility>

#include "convert.h"

namespace countersign {

struct StoreBinding::KeyThreadState {
  std::unique_ptr<CertificateStore> store;
  std::unique_ptr<StoreWatch> watch;

  CertificateStore& Store() {
    if (!store) store = OpenCertificateStore();
    return *store;
  }

  void End() {
    watch.reset();
    store.reset();
  }
};

Napi::Function StoreBinding::Define(Napi::Env env) {
  return DefineClass(
      env, "CertificateStore",
      {InstanceMethod<&StoreBinding::List>("list"), InstanceMethod<&StoreBinding::Sign>("sign"),
       InstanceMethod<&StoreBinding::Watch>("watch"),
       InstanceMethod<&StoreBinding::Close>("close")});
}

StoreBinding::StoreBinding(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<StoreBinding>(info),
      state_(std::make_shared<KeyThreadState>()),
      thread_(info.Env(), "countersign:keys", [state = state_] { state->End(); }) {}

StoreBinding::~StoreBinding() { StopWatching(); }

Napi::Value StoreBinding::List(const Napi::CallbackInfo& info) {
  return thread_.Run(info.This().As<Napi::Object>(),
                     [state = state_]() -> PromiseThread::MakeValue {
                       auto listing = std::make_shared<const Listing>(state->Store().List());
                       return [listing](Napi::Env env) { return ToValue(env, *listing); };
                     });
}

Napi::Value StoreBinding::Sign(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    return thread_.Run(info.This().As<Napi::Object>(),
                       [state = state_, store = ToText(info[0]), certificate = ToBytes(info[1]),
                        algorithm = ToAlgorithm(info[2]),
                        digest = ToBytes(info[3])]() -> PromiseThread::MakeValue {
                         if (digest.size() != DigestSize(algorithm)) {
                           throw OsError(AddonFailure::kInvalidArgument, "",
                                         "The digest is not of the algorithm's size.");
                         }
                         auto signature = std::make_shared<const Bytes>(
                             state->Store().Sign(store, certificate, algorithm, digest));
                         return [signature](Napi::Env env) { return ToValue(env, *signature); };
                       });
  });
}

Napi::Value StoreBinding::Watch(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction()) throw Napi::TypeError::New(info.Env(), "Expected a function.");
  if (changes_) throw Napi::Error::New(info.Env(), "The store is watched already.");
  changed_ = Napi::Persistent(info[0].As<Napi::Function>());
  changes_ = JsChannel::Open(info.Env(), "countersign:changes", [] {});
  return thread_.Run(info.This().As<Napi::Object>(),
                     [this, state = state_, changes = changes_]() -> PromiseThread::MakeValue {
                       state->watch = WatchCertificateStore([this, changes] {
                         changes->Send([this](Napi::Env) { changed_.Call({}); });
                       });
                       return [watching = state->watch != nullptr](Napi::Env env) {
                         return Napi::Boolean::New(env, watching);
                       };
                     });
}

Napi::Value StoreBinding::Close(const Napi::CallbackInfo& info) {
  thread_.Close();
  StopWatching();
  return info.Env().Undefined();
}

void StoreBinding::StopWatching() {
  if (changes_) changes_->Close();
}

}  // namespace countersign
