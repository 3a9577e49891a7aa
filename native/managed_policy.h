// Settings that the organisation's device management enforces. No Node type in here.
#ifndef COUNTERSIGN_NATIVE_MANAGED_POLICY_H_
#define COUNTERSIGN_NATIVE_MANAGED_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "os_failure.h"

namespace countersign {

// A policy deeper or with more values than this is AddonFailure::kTooLarge.
constexpr std::size_t kMaxPolicyDepth = 8;
constexpr std::size_t kMaxPolicyValues = 4096;

// A setting's value: what a property list and a registry key have in common, all text in UTF-8.
// Data, dates and binary values have no place in it and are AddonFailure::kUnsupported.
struct PolicyValue {
  using Array = std::vector<PolicyValue>;
  using Object = std::map<std::string, PolicyValue>;
  std::variant<bool, std::int64_t, double, std::string, Array, Object> value;
};

// Settings from one place, for people and for the order of precedence.
struct PolicySource {
  // "HKEY_LOCAL_MACHINE\Software\Policies\Countersign", "managed preferences of com.example".
  std::string name;
  PolicyValue::Object values;
};

// Reads the enforced values of some settings. Only places that a plain user cannot write to count:
// Windows: HKEY_LOCAL_MACHINE\Software\Policies\<domain>, then the same below HKEY_CURRENT_USER
//   (writable by administrators and Group Policy only); REG_SZ and REG_EXPAND_SZ (not expanded) are
//   text, REG_MULTI_SZ an array of texts, REG_DWORD and REG_QWORD integers, a subkey an object.
// macOS: the forced values of the preferences domain (CFPreferencesAppValueIsForced).
// Elsewhere: nothing.
//
// domain: "Countersign" on Windows, a reverse-DNS name on macOS.
// keys: the settings to look for; others are not read.
// Returns the places that have at least one of them, the strongest first. Throws OsError.
std::vector<PolicySource> ReadManagedPolicy(const std::string& domain,
                                            const std::vector<std::string>& keys);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_MANAGED_POLICY_H_
