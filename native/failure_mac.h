// Failures of macOS calls, in the form that goes upwards.
#ifndef COUNTERSIGN_NATIVE_FAILURE_MAC_H_
#define COUNTERSIGN_NATIVE_FAILURE_MAC_H_

#include <CoreFoundation/CoreFoundation.h>
#include <Security/Security.h>

#include "os_failure.h"

namespace countersign {

// Returns what a call of the Security framework answered, with the system's sentence for it.
Failure FailureOfStatus(OSStatus status, const char* api);

// Returns what a call left in its CFError. The facility is "osstatus" for NSOSStatusErrorDomain,
// else the domain's own name ("CryptoTokenKit", "com.apple.LocalAuthentication").
//
// error: may be null, where a call failed without saying why.
Failure FailureOfError(CFErrorRef error, const char* api);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_FAILURE_MAC_H_
