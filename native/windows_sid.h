// Accounts of Windows.
#ifndef COUNTERSIGN_NATIVE_WINDOWS_SID_H_
#define COUNTERSIGN_NATIVE_WINDOWS_SID_H_

#include <windows.h>

#include <cstddef>
#include <string>
#include <vector>

namespace countersign {

// The user of a process, with the memory that the SID lies in.
class ProcessUser {
 public:
  // Nobody where the user may not be seen.
  explicit ProcessUser(HANDLE process);

  explicit operator bool() const { return !memory_.empty(); }
  // Only of somebody.
  PSID Sid() const;

 private:
  std::vector<std::byte> memory_;
};

// "S-1-5-21-…"; an empty text where it is no SID.
std::string TextOf(PSID sid);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_WINDOWS_SID_H_
