// Settings in a file, and whether they are an administrator's. No Node type in here.
#ifndef COUNTERSIGN_NATIVE_MANAGED_FILE_H_
#define COUNTERSIGN_NATIVE_MANAGED_FILE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "certificate_store.h"

namespace countersign {

// Why a file's content is not to be taken for an administrator's.
struct Distrust {
  enum class Reason {
    kOwner,   // somebody else owns the file
    kWriter,  // its access list lets somebody else write to it
  };
  Reason reason;
  // Of whom, as text: "S-1-5-21-…".
  std::string sid;
};

struct ManagedFile {
  Bytes content;
  std::optional<Distrust> distrust;
};

// Reads a file, and looks at owner and access list of the very file that was read. Trusted are the
// system, administrators and the user of this process: whoever else may write to the file, or owns
// it and so may give himself the right to, could have put anything there.
//
// path: absolute, in UTF-8.
// Throws OsError; kTooLarge where there are more than max_bytes, kUnsupported where it is no file
// on a disk, or the system is not Windows: elsewhere the mode of a file says all this.
ManagedFile ReadManagedFile(const std::string& path, std::size_t max_bytes);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_MANAGED_FILE_H_
