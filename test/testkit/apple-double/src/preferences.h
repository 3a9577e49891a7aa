// Preferences, as a configuration profile would set them.
#ifndef APPLE_DOUBLE_PREFERENCES_H_
#define APPLE_DOUBLE_PREFERENCES_H_

#include <CoreFoundation/CoreFoundation.h>

#include <string>

namespace apple_double {

// Sets a value; retains it.
//
// forced: whether a profile enforces it, or the user could have set it.
void SetPreference(const std::string& domain, const std::string& key, CFPropertyListRef value,
                   bool forced);

// Forgets all preferences.
void ClearPreferences();

}  // namespace apple_double

#endif  // APPLE_DOUBLE_PREFERENCES_H_
