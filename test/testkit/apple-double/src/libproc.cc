// libproc, answered from Linux's /proc: real processes, real sockets.
#include <dirent.h>
#include <libproc.h>
#include <sys/proc_info.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "faults.h"
#include "processes.h"

namespace {

std::atomic<pid_t> shown{0};

// Names in a directory that are numbers.
std::vector<int> NumbersIn(const std::string& directory) {
  std::vector<int> numbers;
  DIR* stream = opendir(directory.c_str());
  if (stream == nullptr) return numbers;
  while (const dirent* entry = readdir(stream)) {
    if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') {
      numbers.push_back(std::atoi(entry->d_name));
    }
  }
  closedir(stream);
  return numbers;
}

bool UserOf(int pid, uid_t& user) {
  struct stat status;
  if (stat(("/proc/" + std::to_string(pid)).c_str(), &status) != 0) return false;
  user = status.st_uid;
  return true;
}

// The inode of a descriptor's socket, or 0.
unsigned long SocketInode(int pid, int descriptor) {
  char target[64] = {};
  const std::string link = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(descriptor);
  if (readlink(link.c_str(), target, sizeof(target) - 1) < 0) return 0;
  unsigned long inode = 0;
  return std::sscanf(target, "socket:[%lu]", &inode) == 1 ? inode : 0;
}

// Copies what fits, or says what would be needed where there is no buffer, as libproc does.
template <typename T>
int Copy(const std::vector<T>& table, void* buffer, int size) {
  const auto needed = static_cast<int>(table.size() * sizeof(T));
  if (buffer == nullptr) return needed;
  const int copied = needed < size ? needed : size - size % static_cast<int>(sizeof(T));
  std::memcpy(buffer, table.data(), static_cast<std::size_t>(copied));
  return copied;
}

// An address as /proc/net/tcp6 writes it: 32-bit words in host order.
in6_addr ParseAddress(const char* hexadecimal, std::size_t words) {
  in6_addr address{};
  for (std::size_t i = 0; i < words; i++) {
    unsigned int word = 0;
    std::sscanf(hexadecimal + 8 * i, "%8x", &word);
    std::memcpy(reinterpret_cast<char*>(&address) + 4 * i, &word, sizeof(word));
  }
  return address;
}

template <typename Address>
void SetAddress(Address& out, const in6_addr& address, bool ipv6) {
  if (ipv6) {
    out.ina_6 = address;
  } else {
    std::memcpy(&out.ina_46.i46a_addr4, &address, sizeof(in_addr));
  }
}

// Fills in a TCP socket where the line of /proc/net/tcp or tcp6 is about this inode.
bool ParseLine(const std::string& line, bool ipv6, unsigned long wanted, in_sockinfo& socket) {
  char local[33] = {};
  char foreign[33] = {};
  unsigned int local_port = 0;
  unsigned int foreign_port = 0;
  unsigned long inode = 0;
  if (std::sscanf(line.c_str(), "%*d: %32[0-9A-F]:%x %32[0-9A-F]:%x %*x %*s %*s %*s %*d %*d %lu",
                  local, &local_port, foreign, &foreign_port, &inode) != 5 ||
      inode != wanted) {
    return false;
  }
  const in6_addr mine = ParseAddress(local, ipv6 ? 4 : 1);
  const in6_addr other = ParseAddress(foreign, ipv6 ? 4 : 1);
  socket.insi_vflag = ipv6 ? INI_IPV6 : INI_IPV4;
  socket.insi_lport = htons(static_cast<std::uint16_t>(local_port));
  socket.insi_fport = htons(static_cast<std::uint16_t>(foreign_port));
  SetAddress(socket.insi_laddr, mine, ipv6);
  SetAddress(socket.insi_faddr, other, ipv6);
  return true;
}

void FillSocket(unsigned long inode, socket_info& socket) {
  for (const bool ipv6 : {false, true}) {
    std::ifstream table(ipv6 ? "/proc/net/tcp6" : "/proc/net/tcp");
    std::string line;
    while (std::getline(table, line)) {
      if (ParseLine(line, ipv6, inode, socket.soi_proto.pri_tcp.tcpsi_ini)) {
        socket.soi_kind = SOCKINFO_TCP;
        return;
      }
    }
  }
}

}  // namespace

void apple_double::ShowProcess(pid_t pid) { shown = pid; }

int proc_listpids(uint32_t type, uint32_t typeinfo, void* buffer, int buffersize) {
  if (apple_double::ShouldFail("proc_listpids")) {
    errno = EPERM;
    return 0;
  }
  std::vector<pid_t> processes;
  for (const int pid : NumbersIn("/proc")) {
    if (shown != 0 && pid != shown) continue;
    uid_t user = 0;
    if (type == PROC_ALL_PIDS || (UserOf(pid, user) && user == typeinfo)) processes.push_back(pid);
  }
  return Copy(processes, buffer, buffersize);
}

int proc_pidinfo(int pid, int flavor, uint64_t, void* buffer, int buffersize) {
  if (apple_double::ShouldFail("proc_pidinfo")) {
    errno = ESRCH;
    return 0;
  }
  if (flavor == PROC_PIDLISTFDS) {
    std::vector<proc_fdinfo> descriptors;
    for (const int descriptor : NumbersIn("/proc/" + std::to_string(pid) + "/fd")) {
      const bool socket = SocketInode(pid, descriptor) != 0;
      descriptors.push_back({descriptor, socket ? static_cast<uint32_t>(PROX_FDTYPE_SOCKET)
                                                : static_cast<uint32_t>(PROX_FDTYPE_VNODE)});
    }
    return Copy(descriptors, buffer, buffersize);
  }
  proc_bsdshortinfo info{};
  info.pbsi_pid = static_cast<uint32_t>(pid);
  if (!UserOf(pid, info.pbsi_uid)) return 0;
  return Copy(std::vector<proc_bsdshortinfo>{info}, buffer, buffersize);
}

int proc_pidfdinfo(int pid, int fd, int, void* buffer, int buffersize) {
  if (apple_double::ShouldFail("proc_pidfdinfo")) {
    errno = EBADF;
    return 0;
  }
  socket_fdinfo info{};
  FillSocket(SocketInode(pid, fd), info.psi);
  return Copy(std::vector<socket_fdinfo>{info}, buffer, buffersize);
}
