// Ownership of Core Foundation objects (the Create Rule and the Get Rule), and the few conversions
// that every macOS file needs.
#ifndef COUNTERSIGN_NATIVE_CF_REF_MAC_H_
#define COUNTERSIGN_NATIVE_CF_REF_MAC_H_

#include <CoreFoundation/CoreFoundation.h>

#include <optional>
#include <string>
#include <utility>

#include "certificate_store.h"

namespace countersign {

// Owns one reference to a Core Foundation object, or none.
template <typename T>
class CfRef {
 public:
  CfRef() = default;
  // Takes over the reference that a Create or Copy function returned.
  static CfRef Adopt(T object) {
    CfRef ref;
    ref.object_ = object;
    return ref;
  }
  // Adds a reference to an object that a Get function returned.
  static CfRef Retain(T object) {
    if (object != nullptr) CFRetain(object);
    return Adopt(object);
  }
  CfRef(const CfRef& other) : CfRef(Retain(other.object_)) {}
  CfRef(CfRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  CfRef& operator=(CfRef other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~CfRef() {
    if (object_ != nullptr) CFRelease(object_);
  }

  T get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  // Where a function stores a reference that the caller must release. Empty before use.
  T* out() { return &object_; }

 private:
  T object_ = nullptr;
};

// Returns the text in UTF-8. Throws OsError where the system cannot convert it.
std::string ToUtf8(CFStringRef text);

// Returns a CFString of UTF-8 text. Throws OsError where the text is not UTF-8.
CfRef<CFStringRef> ToCfString(const std::string& text);

// Returns a copy of the data.
Bytes ToBytes(CFDataRef data);

// Returns a CFData with a copy of the bytes. Throws OsError.
CfRef<CFDataRef> ToCfData(const Bytes& bytes);

// Returns the boolean of a dictionary, or nothing where it is absent or something else.
std::optional<bool> FindBoolean(CFDictionaryRef dictionary, CFStringRef key);

// Returns the text of a dictionary, or nothing where it is absent or something else.
std::optional<std::string> FindText(CFDictionaryRef dictionary, CFStringRef key);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_CF_REF_MAC_H_
