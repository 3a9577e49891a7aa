// Systems where TypeScript looks the peer up itself (Linux: /proc/net/tcp).
#include "peer_process.h"

namespace countersign {

std::optional<PeerProcess> FindPeerProcess(const TcpConnection&) {
  throw OsError(AddonFailure::kUnsupported, "",
                "This operating system has no such lookup in the addon.");
}

}  // namespace countersign
