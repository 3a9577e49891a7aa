// What JavaScript sees of this addon; src/native/addon.ts is its declaration.
#include <napi.h>

#include <memory>

#include "convert.h"
#include "module_pin.h"
#include "promise_thread.h"
#include "store_binding.h"

namespace countersign {
namespace {

// The state of one environment: there is one per worker thread that loads the addon.
class Addon {
 public:
  explicit Addon(Napi::Env env) : lookups_(env, "countersign:lookups", nullptr) {}

  static Napi::Value ReadManagedPolicy(const Napi::CallbackInfo& info) {
    return Guarded(info.Env(), [&] {
      return Run(info,
                 [domain = ToText(info[0]), keys = ToTexts(info[1])]() -> PromiseThread::MakeValue {
                   auto sources = std::make_shared<const std::vector<PolicySource>>(
                       countersign::ReadManagedPolicy(domain, keys));
                   return [sources](Napi::Env env) { return ToValue(env, *sources); };
                 });
    });
  }

  static Napi::Value ReadManagedFile(const Napi::CallbackInfo& info) {
    return Guarded(info.Env(), [&] {
      return Run(
          info,
          [path = ToText(info[0]), max_bytes = ToSize(info[1])]() -> PromiseThread::MakeValue {
            auto file =
                std::make_shared<const ManagedFile>(countersign::ReadManagedFile(path, max_bytes));
            return [file](Napi::Env env) { return ToValue(env, *file); };
          });
    });
  }

  static Napi::Value FindPeerProcess(const Napi::CallbackInfo& info) {
    return Guarded(info.Env(), [&] {
      return Run(info, [connection = ToTcpConnection(info[0])]() -> PromiseThread::MakeValue {
        const auto process = countersign::FindPeerProcess(connection);
        return
            [process](Napi::Env env) { return process ? ToValue(env, *process) : env.Undefined(); };
      });
    });
  }

 private:
  // On a thread beside the keys': a lookup never waits for a smart card.
  static Napi::Value Run(const Napi::CallbackInfo& info, PromiseThread::Job job) {
    return info.Env().GetInstanceData<Addon>()->lookups_.Run(Napi::Object::New(info.Env()),
                                                             std::move(job));
  }

  PromiseThread lookups_;
};

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  Guarded(env, [&] {
    PinModule();
    return env.Undefined();
  });
  env.SetInstanceData(new Addon(env));
  exports["CertificateStore"] = StoreBinding::Define(env);
  exports["readManagedPolicy"] = Napi::Function::New<&Addon::ReadManagedPolicy>(env);
  exports["readManagedFile"] = Napi::Function::New<&Addon::ReadManagedFile>(env);
  exports["findPeerProcess"] = Napi::Function::New<&Addon::FindPeerProcess>(env);
  return exports;
}

}  // namespace
}  // namespace countersign

static Napi::Object InitAll(Napi::Env env, Napi::Object exports) {
  return countersign::Init(env, exports);
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, InitAll)
