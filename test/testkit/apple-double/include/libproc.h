// The part of libproc that this project uses, declared as Apple's libproc.h declares it.
#ifndef APPLE_DOUBLE_LIBPROC_H_
#define APPLE_DOUBLE_LIBPROC_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

int proc_listpids(uint32_t type, uint32_t typeinfo, void* buffer, int buffersize);
int proc_pidinfo(int pid, int flavor, uint64_t arg, void* buffer, int buffersize);
int proc_pidfdinfo(int pid, int fd, int flavor, void* buffer, int buffersize);

#ifdef __cplusplus
}
#endif

#endif  // APPLE_DOUBLE_LIBPROC_H_
