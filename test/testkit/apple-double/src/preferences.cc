#include "preferences.h"

#include <map>
#include <mutex>
#include <utility>

#include "faults.h"
#include "object.h"

namespace apple_double {
namespace {

struct Preference {
  CFPropertyListRef value = nullptr;
  bool forced = false;
};

std::mutex mutex;

std::map<std::pair<std::string, std::string>, Preference>& Preferences() {
  static auto* preferences = new std::map<std::pair<std::string, std::string>, Preference>();
  return *preferences;
}

const std::string& Text(CFStringRef string) { return As<__CFString>(string, Type::kString).utf8; }

const Preference* Find(CFStringRef key, CFStringRef domain) {
  const auto found = Preferences().find({Text(domain), Text(key)});
  return found == Preferences().end() ? nullptr : &found->second;
}

}  // namespace

void SetPreference(const std::string& domain, const std::string& key, CFPropertyListRef value,
                   bool forced) {
  const std::lock_guard<std::mutex> lock(mutex);
  Preference& preference = Preferences()[{domain, key}];
  if (preference.value != nullptr) CFRelease(preference.value);
  preference = {CFRetain(value), forced};
}

void ClearPreferences() {
  const std::lock_guard<std::mutex> lock(mutex);
  for (const auto& entry : Preferences()) CFRelease(entry.second.value);
  Preferences().clear();
}

}  // namespace apple_double

using apple_double::Find;

CFPropertyListRef CFPreferencesCopyAppValue(CFStringRef key, CFStringRef domain) {
  if (apple_double::ShouldFail("CFPreferencesCopyAppValue")) return nullptr;
  const std::lock_guard<std::mutex> lock(apple_double::mutex);
  const apple_double::Preference* preference = Find(key, domain);
  return preference == nullptr ? nullptr : CFRetain(preference->value);
}

Boolean CFPreferencesAppValueIsForced(CFStringRef key, CFStringRef domain) {
  const std::lock_guard<std::mutex> lock(apple_double::mutex);
  const apple_double::Preference* preference = Find(key, domain);
  return preference != nullptr && preference->forced;
}

Boolean CFPreferencesAppSynchronize(CFStringRef) {
  return !apple_double::ShouldFail("CFPreferencesAppSynchronize");
}
