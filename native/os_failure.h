// A failure of an operating system call, as it is reported upwards. No Node type in here.
#ifndef COUNTERSIGN_NATIVE_OS_FAILURE_H_
#define COUNTERSIGN_NATIVE_OS_FAILURE_H_

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

namespace countersign {

// What an operating system call said when it failed. TypeScript maps (facility, code) to the typed
// errors of the certificate store (src/keystore/os-status), so that the map is tested on any
// system.
struct Failure {
  // Whose code it is: "win32" (GetLastError below 0x80000000), "hresult" (HRESULT and
  // SECURITY_STATUS), "osstatus" (macOS Security and NSOSStatusErrorDomain), another CFError
  // domain's own name, "posix" (errno), or "countersign" for this addon's own (AddonFailure).
  std::string facility;
  // The code in that facility; HRESULTs as unsigned 32-bit values.
  std::int64_t code = 0;
  // The call that failed, by its documented name: "NCryptSignHash".
  std::string api;
  // The system's own sentence in UTF-8, or an empty text where it has none.
  std::string message;
};

// Codes of the facility "countersign". src/native/addon.ts names the same numbers.
enum class AddonFailure : std::int64_t {
  kUnexpected = 1,       // a C++ exception that is none of ours; the message says which
  kInvalidArgument = 2,  // a value that no caller of ours passes
  kNotFound = 3,         // the certificate is no longer in the store
  kUnsupported = 4,      // the key or the system cannot do this
  kClosed = 5,           // the store has been closed
  kBadSignature = 6,     // the system returned something that is not a signature of this algorithm
  kTooLarge = 7,         // a store, a policy, a file or a table exceeds what is read
};

// Thrown by everything below the N-API layer; carries a Failure up to the rejected promise.
class OsError : public std::exception {
 public:
  explicit OsError(Failure failure) : failure_(std::move(failure)) {}
  OsError(AddonFailure code, std::string api, std::string message)
      : failure_{"countersign", static_cast<std::int64_t>(code), std::move(api),
                 std::move(message)} {}

  const Failure& failure() const noexcept { return failure_; }
  const char* what() const noexcept override { return failure_.message.c_str(); }

 private:
  Failure failure_;
};

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_OS_FAILURE_H_
