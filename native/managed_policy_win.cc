// Group Policy and MDM settings in the registry.
#include <array>
#include <optional>
#include <string_view>

#include "managed_policy.h"
#include "windows_failure.h"
#include "windows_handles.h"

namespace countersign {
namespace {

constexpr DWORD kMaxValueSize = 1024 * 1024;
constexpr DWORD kMaxNameLength = 16384;  // the registry's own limit

struct Root {
  HKEY key;
  const char* name;
};

const std::array<Root, 2> kRoots = {{
    {HKEY_LOCAL_MACHINE, "HKEY_LOCAL_MACHINE"},
    {HKEY_CURRENT_USER, "HKEY_CURRENT_USER"},
}};

[[noreturn]] void ThrowTooLarge() {
  throw OsError(AddonFailure::kTooLarge, "RegEnumKeyExW",
                "The policy has more values, or deeper keys, than are read.");
}

UniqueRegistryKey Open(HKEY parent, const std::wstring& path) {
  UniqueRegistryKey key;
  const LSTATUS status =
      RegOpenKeyExW(parent, path.c_str(), 0, KEY_READ | KEY_WOW64_64KEY, key.Out());
  if (status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND) return {};
  if (status != ERROR_SUCCESS) ThrowWindows(static_cast<DWORD>(status), "RegOpenKeyExW");
  return key;
}

// A registry text ends at its first NUL, or at the end of its data: the NUL is not always stored.
std::string ToText(std::wstring_view text) { return ToUtf8(text.substr(0, text.find(L'\0'))); }

PolicyValue::Array ToTexts(std::wstring_view data) {
  PolicyValue::Array texts;
  while (!data.empty() && data.front() != L'\0') {
    texts.push_back({ToText(data)});
    const auto end = data.find(L'\0');
    data.remove_prefix(end == std::wstring_view::npos ? data.size() : end + 1);
  }
  return texts;
}

PolicyValue ToValue(DWORD type, const std::vector<BYTE>& data) {
  const std::wstring_view text(reinterpret_cast<const wchar_t*>(data.data()),
                               data.size() / sizeof(wchar_t));
  switch (type) {
    case REG_SZ:
    case REG_EXPAND_SZ:
      return {ToText(text)};
    case REG_MULTI_SZ:
      return {ToTexts(text)};
    case REG_DWORD:
      if (data.size() == sizeof(DWORD)) {
        return {std::int64_t{*reinterpret_cast<const DWORD*>(data.data())}};
      }
      break;
    case REG_QWORD:
      if (data.size() == sizeof(std::int64_t)) {
        return {*reinterpret_cast<const std::int64_t*>(data.data())};
      }
      break;
    default:
      break;
  }
  throw OsError(AddonFailure::kUnsupported, "RegQueryValueExW",
                "A policy value is of a type that no setting has.");
}

class Reader {
 public:
  std::optional<PolicyValue> ReadValue(HKEY key, const std::wstring& name) {
    // The value may change between the two calls: then its size is asked for again.
    std::vector<BYTE> data(1024);
    while (true) {
      auto size = static_cast<DWORD>(data.size());
      DWORD type = 0;
      const LSTATUS status =
          RegQueryValueExW(key, name.c_str(), nullptr, &type, data.data(), &size);
      if (status == ERROR_FILE_NOT_FOUND) return std::nullopt;
      if (status == ERROR_MORE_DATA && size > data.size() && size <= kMaxValueSize) {
        data.resize(size);
        continue;
      }
      if (status == ERROR_MORE_DATA) ThrowTooLarge();
      if (status != ERROR_SUCCESS) ThrowWindows(static_cast<DWORD>(status), "RegQueryValueExW");
      data.resize(size);
      CountOne();
      return ToValue(type, data);
    }
  }

  PolicyValue::Object ReadKey(HKEY key, std::size_t depth) {
    if (depth > kMaxPolicyDepth) ThrowTooLarge();
    PolicyValue::Object object;
    for (const std::wstring& name : Names(key, &EnumValue, "RegEnumValueW")) {
      auto value = ReadValue(key, name);
      if (value) object.emplace(ToUtf8(name), std::move(*value));
    }
    for (const std::wstring& name : Names(key, &EnumKey, "RegEnumKeyExW")) {
      const UniqueRegistryKey child = Open(key, name);
      CountOne();
      if (child)
        object.insert_or_assign(ToUtf8(name), PolicyValue{ReadKey(child.Get(), depth + 1)});
    }
    return object;
  }

 private:
  using Enumerate = LSTATUS (*)(HKEY, DWORD, wchar_t*, DWORD*);

  static LSTATUS EnumValue(HKEY key, DWORD index, wchar_t* name, DWORD* length) {
    return RegEnumValueW(key, index, name, length, nullptr, nullptr, nullptr, nullptr);
  }
  static LSTATUS EnumKey(HKEY key, DWORD index, wchar_t* name, DWORD* length) {
    return RegEnumKeyExW(key, index, name, length, nullptr, nullptr, nullptr, nullptr);
  }

  static std::vector<std::wstring> Names(HKEY key, Enumerate enumerate, const char* api) {
    std::vector<std::wstring> names;
    std::wstring name(kMaxNameLength, L'\0');
    while (true) {
      auto length = static_cast<DWORD>(name.size());
      const LSTATUS status = enumerate(key, static_cast<DWORD>(names.size()), name.data(), &length);
      if (status == ERROR_NO_MORE_ITEMS) return names;
      if (status != ERROR_SUCCESS) ThrowWindows(static_cast<DWORD>(status), api);
      names.push_back(name.substr(0, length));
      if (names.size() > kMaxPolicyValues) ThrowTooLarge();
    }
  }

  void CountOne() {
    if (++count_ > kMaxPolicyValues) ThrowTooLarge();
  }

  std::size_t count_ = 0;
};

PolicyValue::Object ReadSettings(HKEY policy, const std::vector<std::string>& keys) {
  Reader reader;
  PolicyValue::Object values;
  for (const std::string& key : keys) {
    const std::wstring name = ToUtf16(key);
    if (auto value = reader.ReadValue(policy, name)) {
      values.emplace(key, std::move(*value));
      continue;
    }
    const UniqueRegistryKey subkey = Open(policy, name);
    if (subkey) values.emplace(key, PolicyValue{reader.ReadKey(subkey.Get(), 1)});
  }
  return values;
}

}  // namespace

std::vector<PolicySource> ReadManagedPolicy(const std::string& domain,
                                            const std::vector<std::string>& keys) {
  const std::string path = "Software\\Policies\\" + domain;
  std::vector<PolicySource> sources;
  for (const Root& root : kRoots) {
    const UniqueRegistryKey policy = Open(root.key, ToUtf16(path));
    if (!policy) continue;
    PolicyValue::Object values = ReadSettings(policy.Get(), keys);
    if (values.empty()) continue;
    sources.push_back({std::string(root.name) + "\\" + path, std::move(values)});
  }
  return sources;
}

}  // namespace countersign
