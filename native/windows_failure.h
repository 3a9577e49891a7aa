// Windows error codes and text.
#ifndef COUNTERSIGN_NATIVE_WINDOWS_FAILURE_H_
#define COUNTERSIGN_NATIVE_WINDOWS_FAILURE_H_

#include <windows.h>

#include <string>
#include <string_view>

#include "os_failure.h"

namespace countersign {

// A Windows code as a Failure with the system's sentence. Codes from 0x80000000 are HRESULTs or
// SECURITY_STATUS, whichever way they were returned; smaller ones are of GetLastError.
Failure WindowsFailure(DWORD code, const char* api);

[[noreturn]] void ThrowWindows(DWORD code, const char* api);
// Throws what GetLastError says; to be called before anything that may change it.
[[noreturn]] void ThrowLastError(const char* api);

// UTF-16 to UTF-8 and back; what is not valid becomes U+FFFD.
std::string ToUtf8(std::wstring_view text);
std::wstring ToUtf16(std::string_view text);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_WINDOWS_FAILURE_H_
