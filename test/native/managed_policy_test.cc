#include "managed_policy.h"

#include "cf_ref_mac.h"
#include "check.h"
#include "faults.h"
#include "object.h"
#include "preferences.h"

namespace test {
namespace {

using countersign::AddonFailure;
using countersign::CfRef;
using countersign::PolicySource;
using countersign::PolicyValue;
using countersign::ReadManagedPolicy;

constexpr const char* kDomain = "com.example.agent";

CfRef<CFTypeRef> Text(const std::string& text) {
  return CfRef<CFTypeRef>::Adopt(new __CFString(text));
}

CfRef<CFTypeRef> Number(std::int64_t number) {
  return CfRef<CFTypeRef>::Adopt(new __CFNumber(number));
}

CfRef<CFTypeRef> Array(const std::vector<CfRef<CFTypeRef>>& values) {
  std::vector<CFTypeRef> references;
  for (const auto& value : values) references.push_back(value.get());
  return CfRef<CFTypeRef>::Adopt(new __CFArray(references));
}

CfRef<CFTypeRef> Nested(std::size_t depth) {
  CfRef<CFTypeRef> value = Text("innermost");
  for (std::size_t i = 1; i < depth; i++) value = Array({value});
  return value;
}

// Preferences that last for one test.
class Preferences {
 public:
  Preferences() { apple_double::FailCall(0); }
  ~Preferences() { apple_double::ClearPreferences(); }
  Preferences& Force(const std::string& key, const CfRef<CFTypeRef>& value) {
    apple_double::SetPreference(kDomain, key, value.get(), true);
    return *this;
  }
  Preferences& LetUserSet(const std::string& key, const CfRef<CFTypeRef>& value) {
    apple_double::SetPreference(kDomain, key, value.get(), false);
    return *this;
  }
};

const Registered types("policy: every kind of value that a profile can set is read", [] {
  Preferences preferences;
  preferences.Force("text", Text("zürich")).Force("integer", Number(-7));
  preferences.Force("real", CfRef<CFTypeRef>::Adopt(new __CFNumber(0.5)));
  preferences.Force("flag", CfRef<CFTypeRef>::Retain(kCFBooleanTrue));
  preferences.Force("list", Array({Text("a"), Number(1)}));
  preferences.Force("object", CfRef<CFTypeRef>::Adopt(new __CFDictionary(
                                  {{"issuer", Text("https://login.example").get()}})));
  const auto sources =
      ReadManagedPolicy(kDomain, {"text", "integer", "real", "flag", "list", "object", "absent"});
  Check(sources.size() == 1, "one source");
  Check(sources[0].name == "managed preferences of com.example.agent", "its name");
  const PolicyValue::Object& values = sources[0].values;
  Check(values.size() == 6, "what is there");
  Check(std::get<std::string>(values.at("text").value) == "zürich", "text");
  Check(std::get<std::int64_t>(values.at("integer").value) == -7, "integer");
  Check(std::get<double>(values.at("real").value) == 0.5, "real");
  Check(std::get<bool>(values.at("flag").value), "boolean");
  const auto& list = std::get<PolicyValue::Array>(values.at("list").value);
  Check(std::get<std::string>(list.at(0).value) == "a", "array");
  const auto& object = std::get<PolicyValue::Object>(values.at("object").value);
  Check(std::get<std::string>(object.at("issuer").value) == "https://login.example", "object");
});

const Registered user_set("policy: what the user could have set does not count", [] {
  Preferences preferences;
  preferences.LetUserSet("text", Text("mine"));
  Check(ReadManagedPolicy(kDomain, {"text"}).empty(), "no source");
});

const Registered deep("policy: too deep and too large are refused, the limit itself is not", [] {
  Preferences preferences;
  preferences.Force("text", Nested(countersign::kMaxPolicyDepth));
  Check(ReadManagedPolicy(kDomain, {"text"}).size() == 1, "the deepest that is read");
  for (const auto& value :
       {Nested(countersign::kMaxPolicyDepth + 1), Nested(10000),
        Array(std::vector<CfRef<CFTypeRef>>(countersign::kMaxPolicyValues, Number(1)))}) {
    preferences.Force("text", value);
    Check(Is(FailureOf([] { ReadManagedPolicy(kDomain, {"text"}); }), AddonFailure::kTooLarge),
          "a refusal");
  }
});

const Registered unsupported("policy: data and names that are not UTF-8 are refused", [] {
  Preferences preferences;
  preferences.Force("text", CfRef<CFTypeRef>::Adopt(new __CFData({1, 2, 3})));
  Check(Is(FailureOf([] { ReadManagedPolicy(kDomain, {"text"}); }), AddonFailure::kUnsupported),
        "no data");
  Check(Is(FailureOf([] { ReadManagedPolicy(kDomain, {"\xff"}); }), AddonFailure::kUnexpected),
        "no such key");
});

const Registered leaves_nothing("policy: nothing is left behind", [] {
  const long live = apple_double::LiveObjects();
  {
    Preferences preferences;
    preferences.Force("list", Array({Text("a"), Number(1)}));
    ReadManagedPolicy(kDomain, {"list"});
  }
  Check(apple_double::LiveObjects() == live, "as many objects as before");
});

}  // namespace
}  // namespace test
