// Strings, data, arrays, dictionaries, booleans, numbers and errors.
#include <cstring>

#include "faults.h"
#include "object.h"

using apple_double::Abort;
using apple_double::As;
using apple_double::Id;
using apple_double::ShouldFail;
using apple_double::Type;

namespace {

__CFBoolean true_object(true);
__CFBoolean false_object(false);
__CFString os_status_domain("NSOSStatusErrorDomain", apple_double::Object::Lifetime::kConstant);

// Length in UTF-16 units, or -1 where the bytes are not UTF-8 (RFC 3629 section 4).
CFIndex Utf16Length(const std::string& utf8) {
  CFIndex length = 0;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<UInt8>(utf8[i]);
    const std::size_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || i + more >= utf8.size()) return -1;
    for (std::size_t k = 1; k <= more; k++) {
      if ((static_cast<UInt8>(utf8[i + k]) & 0xc0) != 0x80) return -1;
    }
    length += more == 3 ? 2 : 1;
    i += more + 1;
  }
  return length;
}

const __CFString& StringOf(CFTypeRef string) { return As<__CFString>(string, Type::kString); }

}  // namespace

const CFAllocatorRef kCFAllocatorDefault = nullptr;
const CFBooleanRef kCFBooleanTrue = &true_object;
const CFBooleanRef kCFBooleanFalse = &false_object;
const CFErrorDomain kCFErrorDomainOSStatus = &os_status_domain;
const CFArrayCallBacks kCFTypeArrayCallBacks = {0, nullptr};
const CFDictionaryKeyCallBacks kCFTypeDictionaryKeyCallBacks = {0};
const CFDictionaryValueCallBacks kCFTypeDictionaryValueCallBacks = {0};

CFTypeID CFStringGetTypeID() { return Id(Type::kString); }

CFStringRef CFStringCreateWithBytes(CFAllocatorRef, const UInt8* bytes, CFIndex size,
                                    CFStringEncoding encoding, Boolean) {
  if (encoding != kCFStringEncodingUTF8) Abort("Only UTF-8 is known here.");
  if (ShouldFail("CFStringCreateWithBytes")) return nullptr;
  std::string utf8(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  if (Utf16Length(utf8) < 0) return nullptr;
  return new __CFString(std::move(utf8));
}

CFIndex CFStringGetLength(CFStringRef string) { return Utf16Length(StringOf(string).utf8); }

CFIndex CFStringGetMaximumSizeForEncoding(CFIndex length, CFStringEncoding) {
  if (ShouldFail("CFStringGetMaximumSizeForEncoding")) return kCFNotFound;
  return 3 * length;
}

CFIndex CFStringGetBytes(CFStringRef string, CFRange range, CFStringEncoding encoding, UInt8,
                         Boolean, UInt8* buffer, CFIndex size, CFIndex* used) {
  const std::string& utf8 = StringOf(string).utf8;
  if (encoding != kCFStringEncodingUTF8 || range.location != 0 ||
      range.length != CFStringGetLength(string)) {
    Abort("Only whole strings in UTF-8 are known here.");
  }
  if (ShouldFail("CFStringGetBytes") || static_cast<std::size_t>(size) < utf8.size()) return 0;
  std::memcpy(buffer, utf8.data(), utf8.size());
  *used = static_cast<CFIndex>(utf8.size());
  return range.length;
}

CFTypeID CFDataGetTypeID() { return Id(Type::kData); }

CFDataRef CFDataCreate(CFAllocatorRef, const UInt8* bytes, CFIndex length) {
  if (ShouldFail("CFDataCreate")) return nullptr;
  return new __CFData(std::vector<UInt8>(bytes, bytes + length));
}

CFIndex CFDataGetLength(CFDataRef data) {
  return static_cast<CFIndex>(As<__CFData>(data, Type::kData).bytes.size());
}

const UInt8* CFDataGetBytePtr(CFDataRef data) {
  return As<__CFData>(data, Type::kData).bytes.data();
}

CFTypeID CFArrayGetTypeID() { return Id(Type::kArray); }

CFArrayRef CFArrayCreate(CFAllocatorRef, const void** values, CFIndex count,
                         const CFArrayCallBacks*) {
  return new __CFArray(std::vector<CFTypeRef>(values, values + count));
}

CFIndex CFArrayGetCount(CFArrayRef array) {
  return static_cast<CFIndex>(As<__CFArray>(array, Type::kArray).values.size());
}

const void* CFArrayGetValueAtIndex(CFArrayRef array, CFIndex index) {
  return As<__CFArray>(array, Type::kArray).values.at(static_cast<std::size_t>(index));
}

CFTypeID CFDictionaryGetTypeID() { return Id(Type::kDictionary); }

CFDictionaryRef CFDictionaryCreate(CFAllocatorRef, const void** keys, const void** values,
                                   CFIndex count, const CFDictionaryKeyCallBacks* key_callbacks,
                                   const CFDictionaryValueCallBacks* value_callbacks) {
  if (key_callbacks != &kCFTypeDictionaryKeyCallBacks ||
      value_callbacks != &kCFTypeDictionaryValueCallBacks) {
    Abort("Only dictionaries that own their contents are known here.");
  }
  if (ShouldFail("CFDictionaryCreate")) return nullptr;
  std::map<std::string, CFTypeRef> entries;
  for (CFIndex i = 0; i < count; i++) entries.emplace(StringOf(keys[i]).utf8, values[i]);
  return new __CFDictionary(std::move(entries));
}

CFIndex CFDictionaryGetCount(CFDictionaryRef dictionary) {
  return static_cast<CFIndex>(As<__CFDictionary>(dictionary, Type::kDictionary).values.size());
}

const void* CFDictionaryGetValue(CFDictionaryRef dictionary, const void* key) {
  return As<__CFDictionary>(dictionary, Type::kDictionary).Find(&StringOf(key));
}

void CFDictionaryGetKeysAndValues(CFDictionaryRef dictionary, const void** keys,
                                  const void** values) {
  const auto& object = As<__CFDictionary>(dictionary, Type::kDictionary);
  for (const auto& entry : object.keys) *keys++ = entry.second;
  for (const auto& entry : object.values) *values++ = entry.second;
}

CFTypeID CFBooleanGetTypeID() { return Id(Type::kBoolean); }

Boolean CFBooleanGetValue(CFBooleanRef boolean) {
  return As<__CFBoolean>(boolean, Type::kBoolean).value;
}

CFTypeID CFNumberGetTypeID() { return Id(Type::kNumber); }

CFNumberRef CFNumberCreate(CFAllocatorRef, CFNumberType type, const void* value) {
  if (type == kCFNumberDoubleType) return new __CFNumber(*static_cast<const double*>(value));
  return new __CFNumber(*static_cast<const std::int64_t*>(value));
}

Boolean CFNumberIsFloatType(CFNumberRef number) {
  return As<__CFNumber>(number, Type::kNumber).is_float;
}

Boolean CFNumberGetValue(CFNumberRef number, CFNumberType type, void* value) {
  const auto& object = As<__CFNumber>(number, Type::kNumber);
  if (ShouldFail("CFNumberGetValue") || object.is_float != (type == kCFNumberDoubleType)) {
    return false;
  }
  if (object.is_float) {
    *static_cast<double*>(value) = object.real;
  } else {
    *static_cast<std::int64_t*>(value) = object.integer;
  }
  return true;
}

CFErrorDomain CFErrorGetDomain(CFErrorRef error) {
  return As<__CFError>(error, Type::kError).domain;
}

CFIndex CFErrorGetCode(CFErrorRef error) { return As<__CFError>(error, Type::kError).code; }

CFStringRef CFErrorCopyDescription(CFErrorRef error) {
  if (ShouldFail("CFErrorCopyDescription")) return nullptr;
  return new __CFString(As<__CFError>(error, Type::kError).description);
}
