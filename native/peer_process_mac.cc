// Who holds a TCP socket, by libproc: what lsof does. A plain user sees its own processes' sockets
// only, which is all that the check of "same user" needs.
#include <arpa/inet.h>
#include <libproc.h>
#include <sys/proc_info.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "peer_process.h"

namespace countersign {
namespace {

// A system's tables grow while they are read.
constexpr std::size_t kSpareEntries = 64;
constexpr std::size_t kMaxEntries = 1 << 20;

// Calls a libproc function that fills a table of T, with room enough for all of it. The function
// returns bytes, and 0 or less where it fails.
template <typename T, typename Function>
std::vector<T> ReadTable(Function fill) {
  const int needed = fill(nullptr, 0);
  if (needed <= 0) return {};
  const std::size_t entries =
      std::min(static_cast<std::size_t>(needed) / sizeof(T) + kSpareEntries, kMaxEntries);
  std::vector<T> table(entries);
  const int filled = fill(table.data(), static_cast<int>(entries * sizeof(T)));
  table.resize(filled <= 0 ? 0 : static_cast<std::size_t>(filled) / sizeof(T));
  return table;
}

std::vector<pid_t> ListProcesses(std::uint32_t type, std::uint32_t type_info) {
  return ReadTable<pid_t>(
      [&](void* buffer, int size) { return proc_listpids(type, type_info, buffer, size); });
}

std::vector<proc_fdinfo> ListDescriptors(pid_t pid) {
  return ReadTable<proc_fdinfo>(
      [&](void* buffer, int size) { return proc_pidinfo(pid, PROC_PIDLISTFDS, 0, buffer, size); });
}

// Whether one end of a socket is the endpoint. libproc gives ports in network order, in an int.
template <typename Address>
bool IsEnd(const TcpEndpoint& endpoint, bool ipv6, int port, const Address& address) {
  if (ntohs(static_cast<std::uint16_t>(port)) != endpoint.port) return false;
  return ipv6 ? std::memcmp(&address.ina_6, endpoint.address.data(), sizeof(in6_addr)) == 0
              : std::memcmp(&address.ina_46.i46a_addr4, endpoint.address.data(), sizeof(in_addr)) ==
                    0;
}

bool IsConnection(const socket_info& socket, const TcpConnection& connection) {
  if (socket.soi_kind != SOCKINFO_TCP) return false;
  const in_sockinfo& internet = socket.soi_proto.pri_tcp.tcpsi_ini;
  const int version = connection.ipv6 ? INI_IPV6 : INI_IPV4;
  return (internet.insi_vflag & version) != 0 &&
         IsEnd(connection.local, connection.ipv6, internet.insi_lport, internet.insi_laddr) &&
         IsEnd(connection.remote, connection.ipv6, internet.insi_fport, internet.insi_faddr);
}

bool HoldsConnection(pid_t pid, const TcpConnection& connection) {
  for (const proc_fdinfo& descriptor : ListDescriptors(pid)) {
    if (descriptor.proc_fdtype != PROX_FDTYPE_SOCKET) continue;
    socket_fdinfo info;
    const int size = proc_pidfdinfo(pid, descriptor.proc_fd, PROC_PIDFDSOCKETINFO, &info,
                                    static_cast<int>(sizeof(info)));
    // Descriptors are closed while the table is read.
    if (size != static_cast<int>(sizeof(info))) continue;
    if (IsConnection(info.psi, connection)) return true;
  }
  return false;
}

PeerProcess Describe(pid_t pid) {
  PeerProcess peer;
  peer.pid = pid;
  proc_bsdshortinfo info;
  const int size =
      proc_pidinfo(pid, PROC_PIDT_SHORTBSDINFO, 0, &info, static_cast<int>(sizeof(info)));
  if (size != static_cast<int>(sizeof(info))) return peer;
  peer.user = std::to_string(info.pbsi_uid);
  peer.same_user = info.pbsi_uid == geteuid();
  return peer;
}

}  // namespace

std::optional<PeerProcess> FindPeerProcess(const TcpConnection& connection) {
  const std::uint32_t user = geteuid();
  // A browser is nearly always the same user's: those processes are looked at first.
  std::vector<pid_t> processes = ListProcesses(PROC_UID_ONLY, user);
  const std::vector<pid_t> all = ListProcesses(PROC_ALL_PIDS, 0);
  if (all.empty()) {
    const int code = errno;
    throw OsError({"posix", code, "proc_listpids", std::strerror(code)});
  }
  processes.insert(processes.end(), all.begin(), all.end());
  for (const pid_t pid : processes) {
    if (pid > 0 && HoldsConnection(pid, connection)) return Describe(pid);
  }
  return std::nullopt;
}

}  // namespace countersign
