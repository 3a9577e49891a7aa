#include "object.h"

#include <cstdio>
#include <cstdlib>

namespace apple_double {
namespace {

std::atomic<long> live_objects{0};

}  // namespace

long LiveObjects() { return live_objects; }

Object::Object(Type object_type, Lifetime object_lifetime)
    : type(object_type), lifetime(object_lifetime) {
  if (lifetime == Lifetime::kCounted) live_objects++;
}

Object::~Object() {
  if (lifetime == Lifetime::kCounted) live_objects--;
}

Object& ObjectOf(CFTypeRef reference) {
  if (reference == nullptr) Abort("A null reference was used.");
  return *static_cast<Object*>(const_cast<void*>(reference));
}

void Abort(const char* sentence) {
  std::fprintf(stderr, "Apple double: %s\n", sentence);
  std::abort();
}

}  // namespace apple_double

using apple_double::Object;
using apple_double::ObjectOf;
using apple_double::Type;

bool __CFString::Equals(const Object& other) const {
  return other.type == Type::kString && static_cast<const __CFString&>(other).utf8 == utf8;
}

__CFArray::__CFArray(std::vector<CFTypeRef> items)
    : Object(Type::kArray), values(std::move(items)) {
  for (const CFTypeRef value : values) CFRetain(value);
}

__CFArray::~__CFArray() {
  for (const CFTypeRef value : values) CFRelease(value);
}

__CFDictionary::__CFDictionary(std::map<std::string, CFTypeRef> entries)
    : Object(Type::kDictionary), values(std::move(entries)) {
  for (const auto& [key, value] : values) {
    CFRetain(value);
    keys.emplace(key, new __CFString(key));
  }
}

__CFDictionary::~__CFDictionary() {
  for (const auto& entry : values) CFRelease(entry.second);
  for (const auto& entry : keys) CFRelease(entry.second);
}

CFTypeRef __CFDictionary::Find(CFStringRef key) const {
  const auto found = values.find(key->utf8);
  return found == values.end() ? nullptr : found->second;
}

__CFError::__CFError(CFStringRef error_domain, CFIndex error_code, std::string text)
    : Object(Type::kError),
      domain(static_cast<CFStringRef>(CFRetain(error_domain))),
      code(error_code),
      description(std::move(text)) {}

__CFError::~__CFError() { CFRelease(domain); }

CFTypeRef CFRetain(CFTypeRef cf) {
  Object& object = ObjectOf(cf);
  if (object.lifetime == Object::Lifetime::kCounted) object.references++;
  return cf;
}

void CFRelease(CFTypeRef cf) {
  Object& object = ObjectOf(cf);
  if (object.lifetime == Object::Lifetime::kConstant) return;
  if (--object.references == 0) delete &object;
}

CFTypeID CFGetTypeID(CFTypeRef cf) { return apple_double::Id(ObjectOf(cf).type); }

Boolean CFEqual(CFTypeRef cf1, CFTypeRef cf2) { return ObjectOf(cf1).Equals(ObjectOf(cf2)); }
