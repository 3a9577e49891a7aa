#include "cf_ref_mac.h"

namespace countersign {
namespace {

[[noreturn]] void Refuse(const char* api) {
  throw OsError(AddonFailure::kUnexpected, api, "Core Foundation could not convert a value.");
}

// The dictionary's value under the key where it has the type; still owned by the dictionary.
CFTypeRef Find(CFDictionaryRef dictionary, CFStringRef key, CFTypeID type) {
  const CFTypeRef value = CFDictionaryGetValue(dictionary, key);
  return value != nullptr && CFGetTypeID(value) == type ? value : nullptr;
}

}  // namespace

std::string ToUtf8(CFStringRef text) {
  const CFIndex size =
      CFStringGetMaximumSizeForEncoding(CFStringGetLength(text), kCFStringEncodingUTF8);
  if (size == kCFNotFound) Refuse("CFStringGetMaximumSizeForEncoding");
  std::string utf8(static_cast<std::size_t>(size), '\0');
  CFIndex used = 0;
  const CFRange all = CFRangeMake(0, CFStringGetLength(text));
  const CFIndex converted = CFStringGetBytes(text, all, kCFStringEncodingUTF8, 0, false,
                                             reinterpret_cast<UInt8*>(utf8.data()), size, &used);
  if (converted != all.length) Refuse("CFStringGetBytes");
  utf8.resize(static_cast<std::size_t>(used));
  return utf8;
}

CfRef<CFStringRef> ToCfString(const std::string& text) {
  const auto* bytes = reinterpret_cast<const UInt8*>(text.data());
  auto string = CfRef<CFStringRef>::Adopt(CFStringCreateWithBytes(
      kCFAllocatorDefault, bytes, static_cast<CFIndex>(text.size()), kCFStringEncodingUTF8, false));
  if (!string) Refuse("CFStringCreateWithBytes");
  return string;
}

Bytes ToBytes(CFDataRef data) {
  const CFIndex length = CFDataGetLength(data);
  if (length == 0) return {};
  const UInt8* bytes = CFDataGetBytePtr(data);
  return Bytes(bytes, bytes + length);
}

CfRef<CFDataRef> ToCfData(const Bytes& bytes) {
  auto data = CfRef<CFDataRef>::Adopt(
      CFDataCreate(kCFAllocatorDefault, bytes.data(), static_cast<CFIndex>(bytes.size())));
  if (!data) Refuse("CFDataCreate");
  return data;
}

std::optional<bool> FindBoolean(CFDictionaryRef dictionary, CFStringRef key) {
  const CFTypeRef value = Find(dictionary, key, CFBooleanGetTypeID());
  if (value == nullptr) return std::nullopt;
  return CFBooleanGetValue(static_cast<CFBooleanRef>(value)) != 0;
}

std::optional<std::string> FindText(CFDictionaryRef dictionary, CFStringRef key) {
  const CFTypeRef value = Find(dictionary, key, CFStringGetTypeID());
  if (value == nullptr) return std::nullopt;
  return ToUtf8(static_cast<CFStringRef>(value));
}

}  // namespace countersign
