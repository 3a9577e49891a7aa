#include "no_interaction_mac.h"

#include <mutex>

#include "failure_mac.h"

// SecKeychain is deprecated as a whole, and Apple names no other way to keep a file keychain from
// opening a dialog. Neither call opens a keychain.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace countersign {
namespace {

// The process has one switch and may have several key threads: the first to come turns it off, the
// last to go sets it back.
struct Switch {
  std::mutex mutex;
  int holders = 0;
  Boolean allowed_before = true;
};

// Never destroyed: a key thread may be at work while the process ends.
Switch& TheSwitch() {
  static Switch& the_switch = *new Switch();
  return the_switch;
}

}  // namespace

NoInteraction::NoInteraction() {
  Switch& shared = TheSwitch();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  if (shared.holders == 0) {
    OSStatus status = SecKeychainGetUserInteractionAllowed(&shared.allowed_before);
    if (status != errSecSuccess) {
      throw OsError(FailureOfStatus(status, "SecKeychainGetUserInteractionAllowed"));
    }
    status = SecKeychainSetUserInteractionAllowed(false);
    if (status != errSecSuccess) {
      throw OsError(FailureOfStatus(status, "SecKeychainSetUserInteractionAllowed"));
    }
  }
  shared.holders++;
}

NoInteraction::~NoInteraction() {
  Switch& shared = TheSwitch();
  const std::lock_guard<std::mutex> lock(shared.mutex);
  if (--shared.holders == 0) SecKeychainSetUserInteractionAllowed(shared.allowed_before);
}

}  // namespace countersign
