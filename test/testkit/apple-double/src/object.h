// The objects of the Core Foundation double: counted references on the ordinary heap, so that
// AddressSanitizer sees an object used after its last release and LeakSanitizer one never released.
#ifndef APPLE_DOUBLE_OBJECT_H_
#define APPLE_DOUBLE_OBJECT_H_

#include <CoreFoundation/CoreFoundation.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace apple_double {

enum class Type : CFTypeID {
  kString = 1,
  kData,
  kArray,
  kDictionary,
  kBoolean,
  kNumber,
  kDate,
  kError,
  kCertificate,
  kIdentity,
  kKey,
  kKeychain,
};

constexpr CFTypeID Id(Type type) { return static_cast<CFTypeID>(type); }

// Objects that are alive, constants aside.
long LiveObjects();

struct Object {
  // Constants live for ever, as Core Foundation's do.
  enum class Lifetime { kCounted, kConstant };

  explicit Object(Type type, Lifetime lifetime = Lifetime::kCounted);
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object();
  virtual bool Equals(const Object& other) const { return this == &other; }

  const Type type;
  const Lifetime lifetime;
  std::atomic<long> references{1};
};

// The object that a reference points to. Ends the process on null, as Core Foundation does.
Object& ObjectOf(CFTypeRef reference);

// The object, seen as what its type says it is. Ends the process where the type is another.
template <typename T>
T& As(CFTypeRef reference, Type type);

// Ends the process with a sentence: a caller broke the rules of Core Foundation.
[[noreturn]] void Abort(const char* sentence);

}  // namespace apple_double

struct __CFString final : apple_double::Object {
  explicit __CFString(std::string text, Lifetime lifetime = Lifetime::kCounted)
      : Object(apple_double::Type::kString, lifetime), utf8(std::move(text)) {}
  bool Equals(const Object& other) const override;
  const std::string utf8;
};

struct __CFData final : apple_double::Object {
  explicit __CFData(std::vector<UInt8> data)
      : Object(apple_double::Type::kData), bytes(std::move(data)) {}
  const std::vector<UInt8> bytes;
};

struct __CFArray final : apple_double::Object {
  explicit __CFArray(std::vector<CFTypeRef> items);
  ~__CFArray() override;
  const std::vector<CFTypeRef> values;
};

struct __CFDictionary final : apple_double::Object {
  explicit __CFDictionary(std::map<std::string, CFTypeRef> entries);
  ~__CFDictionary() override;
  CFTypeRef Find(CFStringRef key) const;
  const std::map<std::string, CFTypeRef> values;
  // The keys as objects, for CFDictionaryGetKeysAndValues; owned.
  std::map<std::string, CFStringRef> keys;
};

struct __CFBoolean final : apple_double::Object {
  explicit __CFBoolean(bool truth)
      : Object(apple_double::Type::kBoolean, Lifetime::kConstant), value(truth) {}
  const bool value;
};

struct __CFNumber final : apple_double::Object {
  explicit __CFNumber(std::int64_t number)
      : Object(apple_double::Type::kNumber), is_float(false), integer(number), real(0) {}
  explicit __CFNumber(double number)
      : Object(apple_double::Type::kNumber), is_float(true), integer(0), real(number) {}
  const bool is_float;
  const std::int64_t integer;
  const double real;
};

struct __CFError final : apple_double::Object {
  __CFError(CFStringRef error_domain, CFIndex error_code, std::string text);
  ~__CFError() override;
  const CFStringRef domain;
  const CFIndex code;
  const std::string description;
};

template <typename T>
T& apple_double::As(CFTypeRef reference, Type type) {
  Object& object = ObjectOf(reference);
  if (object.type != type) Abort("An object was used as one of another type.");
  return static_cast<T&>(object);
}

#endif  // APPLE_DOUBLE_OBJECT_H_
