// Settings that a configuration profile enforces on a preferences domain.
#include "cf_ref_mac.h"
#include "managed_policy.h"

namespace countersign {
namespace {

// Turns a property list into a PolicyValue, within the limits of managed_policy.h.
class Converter {
 public:
  PolicyValue Convert(CFPropertyListRef value, std::size_t depth) {
    if (depth > kMaxPolicyDepth || ++count_ > kMaxPolicyValues) {
      throw OsError(AddonFailure::kTooLarge, "CFPreferencesCopyAppValue",
                    "The policy is too large or too deep.");
    }
    const CFTypeID type = CFGetTypeID(value);
    if (type == CFStringGetTypeID()) return {ToUtf8(static_cast<CFStringRef>(value))};
    if (type == CFBooleanGetTypeID()) {
      return {CFBooleanGetValue(static_cast<CFBooleanRef>(value)) != 0};
    }
    if (type == CFNumberGetTypeID()) return ConvertNumber(static_cast<CFNumberRef>(value));
    if (type == CFArrayGetTypeID()) return ConvertArray(static_cast<CFArrayRef>(value), depth);
    if (type == CFDictionaryGetTypeID()) {
      return ConvertObject(static_cast<CFDictionaryRef>(value), depth);
    }
    throw OsError(AddonFailure::kUnsupported, "CFPreferencesCopyAppValue",
                  "The policy has data or a date in it.");
  }

 private:
  static PolicyValue ConvertNumber(CFNumberRef number) {
    if (CFNumberIsFloatType(number)) {
      double real = 0;
      if (!CFNumberGetValue(number, kCFNumberDoubleType, &real)) RefuseNumber();
      return {real};
    }
    std::int64_t integer = 0;
    if (!CFNumberGetValue(number, kCFNumberSInt64Type, &integer)) RefuseNumber();
    return {integer};
  }

  [[noreturn]] static void RefuseNumber() {
    throw OsError(AddonFailure::kUnsupported, "CFNumberGetValue",
                  "The policy has a number that does not fit.");
  }

  PolicyValue ConvertArray(CFArrayRef array, std::size_t depth) {
    PolicyValue::Array values;
    const CFIndex count = CFArrayGetCount(array);
    for (CFIndex i = 0; i < count; i++) {
      values.push_back(Convert(CFArrayGetValueAtIndex(array, i), depth + 1));
    }
    return {std::move(values)};
  }

  PolicyValue ConvertObject(CFDictionaryRef dictionary, std::size_t depth) {
    const auto count = static_cast<std::size_t>(CFDictionaryGetCount(dictionary));
    std::vector<const void*> keys(count);
    std::vector<const void*> values(count);
    CFDictionaryGetKeysAndValues(dictionary, keys.data(), values.data());
    PolicyValue::Object object;
    for (std::size_t i = 0; i < count; i++) {
      // A property list's keys are strings.
      object.insert_or_assign(ToUtf8(static_cast<CFStringRef>(keys[i])),
                              Convert(values[i], depth + 1));
    }
    return {std::move(object)};
  }

  std::size_t count_ = 0;
};

}  // namespace

std::vector<PolicySource> ReadManagedPolicy(const std::string& domain,
                                            const std::vector<std::string>& keys) {
  const CfRef<CFStringRef> application = ToCfString(domain);
  // Profiles come and go while the process runs. What this returns is about writing, which never
  // happens here.
  CFPreferencesAppSynchronize(application.get());
  PolicySource source{"managed preferences of " + domain, {}};
  Converter converter;
  for (const std::string& key : keys) {
    const CfRef<CFStringRef> name = ToCfString(key);
    if (!CFPreferencesAppValueIsForced(name.get(), application.get())) continue;
    const auto value =
        CfRef<CFPropertyListRef>::Adopt(CFPreferencesCopyAppValue(name.get(), application.get()));
    // The profile may have gone between the two calls.
    if (value) source.values.insert_or_assign(key, converter.Convert(value.get(), 1));
  }
  if (source.values.empty()) return {};
  return {std::move(source)};
}

}  // namespace countersign
