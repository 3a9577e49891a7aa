// The process behind a loopback connection, from the system's TCP table.
#include <winsock2.h>

#include "peer_process.h"
// winsock2.h first
#include <iphlpapi.h>
#include <tcpmib.h>

#include <cstddef>
#include <cstring>
#include <vector>

#include "windows_failure.h"
#include "windows_handles.h"
#include "windows_sid.h"

namespace countersign {
namespace {

constexpr DWORD kMaxTableSize = 64 * 1024 * 1024;

// The table's port is in network order in the low 16 bits.
std::uint16_t PortOf(DWORD field) {
  return static_cast<std::uint16_t>(((field & 0xff) << 8) | ((field >> 8) & 0xff));
}

bool Is(const TcpEndpoint& endpoint, const void* address, std::size_t size, DWORD port) {
  return endpoint.port == PortOf(port) && std::memcmp(endpoint.address.data(), address, size) == 0;
}

bool Matches(const MIB_TCPROW_OWNER_PID& row, const TcpConnection& wanted) {
  return Is(wanted.local, &row.dwLocalAddr, sizeof row.dwLocalAddr, row.dwLocalPort) &&
         Is(wanted.remote, &row.dwRemoteAddr, sizeof row.dwRemoteAddr, row.dwRemotePort);
}

bool Matches(const MIB_TCP6ROW_OWNER_PID& row, const TcpConnection& wanted) {
  return Is(wanted.local, row.ucLocalAddr, sizeof row.ucLocalAddr, row.dwLocalPort) &&
         Is(wanted.remote, row.ucRemoteAddr, sizeof row.ucRemoteAddr, row.dwRemotePort);
}

std::vector<std::byte> ReadTable(ULONG family) {
  std::vector<std::byte> table(64 * 1024);
  while (true) {
    auto size = static_cast<DWORD>(table.size());
    const DWORD status =
        GetExtendedTcpTable(table.data(), &size, FALSE, family, TCP_TABLE_OWNER_PID_CONNECTIONS, 0);
    if (status == NO_ERROR) return table;
    if (status != ERROR_INSUFFICIENT_BUFFER) ThrowWindows(status, "GetExtendedTcpTable");
    if (size > kMaxTableSize) {
      throw OsError(AddonFailure::kTooLarge, "GetExtendedTcpTable",
                    "The table of connections is larger than is read.");
    }
    // Connections come meanwhile: some room more than was asked for.
    table.resize(size + 4096);
  }
}

template <typename Table>
std::optional<DWORD> FindPid(const TcpConnection& wanted, ULONG family) {
  const std::vector<std::byte> bytes = ReadTable(family);
  const auto* table = reinterpret_cast<const Table*>(bytes.data());
  for (DWORD i = 0; i < table->dwNumEntries; i++) {
    if (Matches(table->table[i], wanted)) return table->table[i].dwOwningPid;
  }
  return std::nullopt;
}

}  // namespace

std::optional<PeerProcess> FindPeerProcess(const TcpConnection& connection) {
  const auto pid = connection.ipv6 ? FindPid<MIB_TCP6TABLE_OWNER_PID>(connection, AF_INET6)
                                   : FindPid<MIB_TCPTABLE_OWNER_PID>(connection, AF_INET);
  if (!pid) return std::nullopt;
  PeerProcess peer;
  peer.pid = *pid;
  const UniqueKernelHandle process(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, *pid));
  if (!process) return peer;
  const ProcessUser theirs(process.Get());
  const ProcessUser ours(GetCurrentProcess());
  if (!theirs || !ours) return peer;
  peer.user = TextOf(theirs.Sid());
  peer.same_user = EqualSid(theirs.Sid(), ours.Sid()) != FALSE;
  return peer;
}

}  // namespace countersign
