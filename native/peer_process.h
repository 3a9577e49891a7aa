// Who is at the other end of a TCP connection within this machine. No Node type in here.
#ifndef COUNTERSIGN_NATIVE_PEER_PROCESS_H_
#define COUNTERSIGN_NATIVE_PEER_PROCESS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "os_failure.h"

namespace countersign {

// An end of a TCP connection. IPv4 uses the first four bytes of address, in network order.
struct TcpEndpoint {
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;
};

// A connection as the peer's own socket sees it.
struct TcpConnection {
  bool ipv6 = false;
  TcpEndpoint local;   // the peer's end
  TcpEndpoint remote;  // our end
};

// The process that holds the peer's end.
struct PeerProcess {
  std::int64_t pid = 0;
  // Its user: a SID in its text form on Windows, a numeric user id elsewhere; empty where the
  // system does not let us see it, which it always does for processes of our own user.
  std::string user;
  // True only where user is known and is the user of this process.
  bool same_user = false;
};

// Looks the peer up in the system's table of connections.
// Returns nothing where no process that we may see holds that socket (macOS shows a plain user only
// its own processes; a socket may have been closed meanwhile). Throws OsError where the table
// cannot be read.
std::optional<PeerProcess> FindPeerProcess(const TcpConnection& connection);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_PEER_PROCESS_H_
