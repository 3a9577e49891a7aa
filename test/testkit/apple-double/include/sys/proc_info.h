// The part of <sys/proc_info.h> that this project uses: Apple's names and types, fewer fields.
#ifndef APPLE_DOUBLE_SYS_PROC_INFO_H_
#define APPLE_DOUBLE_SYS_PROC_INFO_H_

#include <netinet/in.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_ALL_PIDS 1
#define PROC_UID_ONLY 4

#define PROC_PIDLISTFDS 1
#define PROC_PIDT_SHORTBSDINFO 13
#define PROC_PIDFDSOCKETINFO 3
#define PROX_FDTYPE_VNODE 1
#define PROX_FDTYPE_SOCKET 2

#define INI_IPV4 0x1
#define INI_IPV6 0x2

enum { SOCKINFO_GENERIC = 0, SOCKINFO_TCP = 2 };

struct proc_fdinfo {
  int32_t proc_fd;
  uint32_t proc_fdtype;
};

struct proc_bsdshortinfo {
  uint32_t pbsi_pid;
  uid_t pbsi_uid;
};

struct in4in6_addr {
  u_int32_t i46a_pad32[3];
  struct in_addr i46a_addr4;
};

struct in_sockinfo {
  int insi_fport;
  int insi_lport;
  uint8_t insi_vflag;
  union {
    struct in4in6_addr ina_46;
    struct in6_addr ina_6;
  } insi_faddr;
  union {
    struct in4in6_addr ina_46;
    struct in6_addr ina_6;
  } insi_laddr;
};

struct tcp_sockinfo {
  struct in_sockinfo tcpsi_ini;
};

struct socket_info {
  int soi_kind;
  union {
    struct tcp_sockinfo pri_tcp;
  } soi_proto;
};

struct socket_fdinfo {
  struct socket_info psi;
};

#endif  // APPLE_DOUBLE_SYS_PROC_INFO_H_
