// What a test in JavaScript does to the double; index.ts beside this folder is its declaration.
#include <napi.h>

#include "faults.h"
#include "keychain.h"
#include "object.h"
#include "preferences.h"

namespace apple_double {
namespace {

Bytes ToBytes(const Napi::Value& value) {
  const auto array = value.As<Napi::Uint8Array>();
  return Bytes(array.Data(), array.Data() + array.ByteLength());
}

std::string TextAt(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

std::optional<bool> BooleanAt(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  return value.IsBoolean() ? std::optional<bool>(value.As<Napi::Boolean>().Value()) : std::nullopt;
}

KeyAccess AccessAt(const Napi::Object& object) {
  const std::string access = TextAt(object, "access");
  return access == "denied"         ? KeyAccess::kDenied
         : access == "needs-dialog" ? KeyAccess::kNeedsDialog
                                    : KeyAccess::kAllowed;
}

void Add(const Napi::CallbackInfo& info) {
  const auto object = info[0].As<Napi::Object>();
  auto item = std::make_shared<Item>();
  item->keychain = TextAt(object, "keychain");
  item->label = TextAt(object, "label");
  item->access = AccessAt(object);
  item->extractable = BooleanAt(object, "extractable");
  item->can_pss = BooleanAt(object, "canPss").value_or(true);
  if (object.Has("certificate")) item->certificate = ToBytes(object.Get("certificate"));
  if (object.Has("privateKey")) item->key = ReadPrivateKey(ToBytes(object.Get("privateKey")));
  if (object.Has("tokenId")) item->token_id = TextAt(object, "tokenId");
  Keychains& keychains = AllKeychains();
  const std::lock_guard<std::mutex> lock(keychains.mutex);
  keychains.items.push_back(std::move(item));
}

// Leaves the certificate. References to the old item point to nothing from now on.
void RemoveKey(const Napi::CallbackInfo& info) {
  const std::string label = info[0].As<Napi::String>();
  Keychains& keychains = AllKeychains();
  const std::lock_guard<std::mutex> lock(keychains.mutex);
  for (auto& item : keychains.items) {
    if (item->label != label) continue;
    item = std::make_shared<Item>(*item);
    item->key = nullptr;
  }
}

void SetStatus(const Napi::CallbackInfo& info) {
  Keychains& keychains = AllKeychains();
  const std::lock_guard<std::mutex> lock(keychains.mutex);
  keychains.file_status = info[0].As<Napi::Number>();
  keychains.data_protection_status = info[1].As<Napi::Number>();
}

Napi::Value Dialogs(const Napi::CallbackInfo& info) {
  Keychains& keychains = AllKeychains();
  const std::lock_guard<std::mutex> lock(keychains.mutex);
  return Napi::Number::New(info.Env(), static_cast<double>(keychains.dialogs));
}

Napi::Value LiveObjectCount(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(LiveObjects()));
}

CFTypeRef ToPropertyList(const Napi::Value& value) {
  if (value.IsBoolean()) return value.As<Napi::Boolean>() ? kCFBooleanTrue : kCFBooleanFalse;
  if (value.IsNumber()) return new __CFNumber(value.As<Napi::Number>().Int64Value());
  return new __CFString(value.As<Napi::String>().Utf8Value());
}

void Force(const Napi::CallbackInfo& info) {
  const CFTypeRef value = ToPropertyList(info[2]);
  SetPreference(info[0].As<Napi::String>(), info[1].As<Napi::String>(), value, true);
  CFRelease(value);
}

void Clear(const Napi::CallbackInfo&) {
  ClearKeychains();
  ClearPreferences();
  FailCall(0);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports["add"] = Napi::Function::New<&Add>(env);
  exports["removeKey"] = Napi::Function::New<&RemoveKey>(env);
  exports["setStatus"] = Napi::Function::New<&SetStatus>(env);
  exports["dialogs"] = Napi::Function::New<&Dialogs>(env);
  exports["liveObjects"] = Napi::Function::New<&LiveObjectCount>(env);
  exports["force"] = Napi::Function::New<&Force>(env);
  exports["clear"] = Napi::Function::New<&Clear>(env);
  return exports;
}

}  // namespace
}  // namespace apple_double

static Napi::Object InitAll(Napi::Env env, Napi::Object exports) {
  return apple_double::Init(env, exports);
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, InitAll)
