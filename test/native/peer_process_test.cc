#include "peer_process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "check.h"
#include "faults.h"
#include "processes.h"

namespace test {
namespace {

using countersign::FindPeerProcess;
using countersign::TcpConnection;
using countersign::TcpEndpoint;

// A real connection over loopback, both of whose ends this process holds.
class Connection {
 public:
  explicit Connection(bool ipv6) : ipv6_(ipv6) {
    const int family = ipv6 ? AF_INET6 : AF_INET;
    const int listener = socket(family, SOCK_STREAM, 0);
    sockaddr_in6 address = Loopback();
    socklen_t size = Size();
    Check(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
              listen(listener, 1) == 0 &&
              getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0,
          "a listening socket");
    client_ = socket(family, SOCK_STREAM, 0);
    Check(connect(client_, reinterpret_cast<sockaddr*>(&address), size) == 0, "a connection");
    server_ = accept(listener, nullptr, nullptr);
    close(listener);
  }
  ~Connection() {
    CloseClient();
    close(server_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void CloseClient() {
    if (client_ >= 0) close(client_);
    client_ = -1;
  }

  // The connection as the client's end sees it.
  TcpConnection OfClient() const {
    sockaddr_in6 local{};
    sockaddr_in6 remote{};
    socklen_t size = sizeof(local);
    getsockname(client_, reinterpret_cast<sockaddr*>(&local), &size);
    size = sizeof(remote);
    getpeername(client_, reinterpret_cast<sockaddr*>(&remote), &size);
    return {ipv6_, EndOf(local), EndOf(remote)};
  }

 private:
  socklen_t Size() const { return ipv6_ ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

  sockaddr_in6 Loopback() const {
    sockaddr_in6 address{};
    address.sin6_family = ipv6_ ? AF_INET6 : AF_INET;
    if (ipv6_) {
      address.sin6_addr = in6addr_loopback;
    } else {
      reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    return address;
  }

  TcpEndpoint EndOf(const sockaddr_in6& address) const {
    TcpEndpoint end;
    end.port = ntohs(address.sin6_port);
    if (ipv6_) {
      std::memcpy(end.address.data(), &address.sin6_addr, 16);
    } else {
      std::memcpy(end.address.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
    }
    return end;
  }

  bool ipv6_;
  int client_ = -1;
  int server_ = -1;
};

// Shows one process while it lives: with all, every test would look at each open file of the
// machine.
class ShownProcess {
 public:
  explicit ShownProcess(pid_t pid) { apple_double::ShowProcess(pid); }
  ~ShownProcess() { apple_double::ShowProcess(0); }
  ShownProcess(const ShownProcess&) = delete;
  ShownProcess& operator=(const ShownProcess&) = delete;
};

const Registered found("peer: the process that holds the other end is found, with its user", [] {
  for (const bool ipv6 : {false, true}) {
    const Connection connection(ipv6);
    const auto peer = FindPeerProcess(connection.OfClient());
    Check(peer.has_value() && peer->pid == getpid(), "this process");
    Check(peer->user == std::to_string(geteuid()) && peer->same_user, "this user");
  }
});

const Registered exact("peer: a connection that differs in any part is not found", [] {
  const ShownProcess only_this(getpid());
  const Connection held(false);
  const TcpConnection connection = held.OfClient();
  TcpConnection other = connection;
  other.local.port++;
  Check(!FindPeerProcess(other), "another local port");
  other = connection;
  other.remote.port++;
  Check(!FindPeerProcess(other), "another remote port");
  other = connection;
  other.local.address[3]++;
  Check(!FindPeerProcess(other), "another local address");
  other = connection;
  other.remote.address[3]++;
  Check(!FindPeerProcess(other), "another remote address");
  other = connection;
  other.ipv6 = true;
  Check(!FindPeerProcess(other), "another version of IP");
});

const Registered gone("peer: a socket that was closed is nobody's", [] {
  const ShownProcess only_this(getpid());
  Connection held(false);
  const TcpConnection connection = held.OfClient();
  held.CloseClient();
  Check(!FindPeerProcess(connection), "nobody");
});

// Lets a child process of another user hold the client's end alone. Returns its process id.
pid_t GiveToOtherUser(Connection& connection, int until_closed[2]) {
  Check(pipe(until_closed) == 0, "a pipe");
  const pid_t child = fork();
  if (child == 0) {
    close(until_closed[1]);
    char byte = 0;
    // A process that gave up root is not dumpable, and /proc then says that it is root's.
    const bool given_up = setuid(65534) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0;
    _exit(given_up && read(until_closed[0], &byte, 1) == 0 ? 0 : 1);
  }
  close(until_closed[0]);
  connection.CloseClient();
  return child;
}

const Registered other_user("peer: another user's process is not the same user", [] {
  // Only root can become another user.
  if (geteuid() != 0) return;
  Connection held(false);
  const TcpConnection connection = held.OfClient();
  int until_closed[2];
  const pid_t child = GiveToOtherUser(held, until_closed);
  const ShownProcess only_child(child);
  std::optional<countersign::PeerProcess> peer;
  for (int tries = 0; tries < 100 && (!peer || peer->user == "0"); tries++) {
    usleep(10000);
    peer = FindPeerProcess(connection);
  }
  close(until_closed[1]);
  int status = 0;
  waitpid(child, &status, 0);
  Check(peer.has_value() && peer->pid == child, "the child");
  Check(peer->user == "65534" && !peer->same_user, "its user, which is another");
});

const Registered faults("peer: every call that fails ends in an error or in nobody", [] {
  const Connection held(false);
  const TcpConnection connection = held.OfClient();
  const ShownProcess only_this(getpid());
  for (long n = 1;; n++) {
    apple_double::FailCall(n);
    try {
      const auto peer = FindPeerProcess(connection);
      if (apple_double::FailedCall().empty()) {
        Check(peer.has_value(), "this process, where nothing failed");
        break;
      }
      Check(!peer || peer->pid == getpid(), "this process or nobody");
      Check(!peer || peer->same_user == !peer->user.empty(), "the same user only where known");
    } catch (const countersign::OsError& error) {
      Check(error.failure().facility == "posix" && error.failure().api == "proc_listpids" &&
                error.failure().code == EPERM,
            "the error of the table of processes");
    }
  }
  apple_double::FailCall(0);
});

}  // namespace
}  // namespace test
