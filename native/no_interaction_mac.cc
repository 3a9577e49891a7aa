#include "no_interaction_mac.h"

#include "failure_mac.h"

// SecKeychain is deprecated as a whole, and Apple names no other way to keep a file keychain from
// opening a dialog. Neither call opens a keychain.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace countersign {

NoInteraction::NoInteraction() {
  OSStatus status = SecKeychainGetUserInteractionAllowed(&allowed_before_);
  if (status != errSecSuccess) {
    throw OsError(FailureOfStatus(status, "SecKeychainGetUserInteractionAllowed"));
  }
  status = SecKeychainSetUserInteractionAllowed(false);
  if (status != errSecSuccess) {
    throw OsError(FailureOfStatus(status, "SecKeychainSetUserInteractionAllowed"));
  }
}

NoInteraction::~NoInteraction() { SecKeychainSetUserInteractionAllowed(allowed_before_); }

}  // namespace countersign
