// Which processes the double's libproc shows.
#ifndef APPLE_DOUBLE_PROCESSES_H_
#define APPLE_DOUBLE_PROCESSES_H_

#include <sys/types.h>

namespace apple_double {

// Shows one process only; all there are for 0.
void ShowProcess(pid_t pid);

}  // namespace apple_double

#endif  // APPLE_DOUBLE_PROCESSES_H_
