// Keeps the file keychains from opening dialogs.
#ifndef COUNTERSIGN_NATIVE_NO_INTERACTION_MAC_H_
#define COUNTERSIGN_NATIVE_NO_INTERACTION_MAC_H_

namespace countersign {

// While one lives, on any thread, a file keychain that would ask the user for a password answers
// errSecInteractionNotAllowed instead. The switch is the process's, and SecItem has none of its own
// for file keychains; it is set back when the last of these objects dies.
class NoInteraction {
 public:
  // Throws OsError where dialogs cannot be switched off: nothing may be asked of a keychain then.
  NoInteraction();
  ~NoInteraction();
  NoInteraction(const NoInteraction&) = delete;
  NoInteraction& operator=(const NoInteraction&) = delete;
};

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_NO_INTERACTION_MAC_H_
