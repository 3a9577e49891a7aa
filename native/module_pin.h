// Keeps this addon mapped until the process ends. No Node type in here.
#ifndef COUNTERSIGN_NATIVE_MODULE_PIN_H_
#define COUNTERSIGN_NATIVE_MODULE_PIN_H_

namespace countersign {

// Node unmaps an addon when the last worker thread that loaded it ends, but a thread of ours may
// still be inside a key provider then. Throws OsError.
void PinModule();

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_MODULE_PIN_H_
