#include "engine/http/acceptor.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "engine/http/loop.h"

namespace hookswitch {
namespace {

// Connections taken in one turn before those that are open have theirs.
constexpr int kAcceptsPerTurn = 64;
// Far beyond what waits in the backlog when a server stops accepting.
constexpr int kAcceptsAtStop = 8192;

constexpr std::string_view kNoDescriptors =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

// Closing a socket with unread input would reset it, and the answer with it.
void discard_input(int fd) {
  char bytes[16 * 1024];
  for (int i = 0; i < 64 && recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0; ++i) {
  }
}

// A refusal of a request that nobody reads.
void answer_unread(int fd) {
  send(fd, kNoDescriptors.data(), kNoDescriptors.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  shutdown(fd, SHUT_WR);
}

Socket open_spare() { return Socket(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

std::unexpected<Error> listen_error(const SocketAddress& address, int error) {
  Code code = error == EADDRINUSE ? Code::conflict : Code::io;
  return fail(code, "listen on {} port {}: {}", address.ip(), address.port(), strerror(error));
}

Result<Socket> bind_socket(const SocketAddress& address, bool share) {
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return listen_error(address, errno);
  int on = 1;
  setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (share) setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(socket.fd(), address.get(), address.size) != 0) return listen_error(address, errno);
  return socket;
}

}  // namespace

Status check_address_free(const SocketAddress& address) {
  if (address.port() == 0) return {};
  auto probe = bind_socket(address, false);
  if (!probe) return std::unexpected(probe.error());
  return {};
}

Result<Socket> open_listener(const SocketAddress& address) {
  auto socket = bind_socket(address, true);
  if (!socket) return socket;
  if (::listen(socket->fd(), SOMAXCONN) != 0) return listen_error(address, errno);
  return socket;
}

Result<Socket> share_listener(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
    return fail(Code::invalid, "listen on descriptor {}: expected a listening socket", fd);
  }
  Socket socket(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!socket || fcntl(socket.fd(), F_SETFL, O_NONBLOCK) != 0) {
    return fail(Code::io, "listen on descriptor {}: {}", fd, strerror(errno));
  }
  return socket;
}

Acceptor::Acceptor(Loop& loop, Socket socket, Ownership ownership, std::shared_ptr<TlsContext> tls)
    : loop_(loop),
      socket_(std::move(socket)),
      ownership_(ownership),
      spare_(open_spare()),
      tls_(std::move(tls)) {
  auto on_ready = [](int, short, void* self) {
    auto* acceptor = static_cast<Acceptor*>(self);
    acceptor->loop_.turn([acceptor] { acceptor->accept_some(kAcceptsPerTurn); });
  };
  event_ = SocketEvent(loop.base(), socket_.fd(), EV_READ, on_ready, this);
  event_.set_waiting(true);
}

void Acceptor::stop() {
  if (!socket_) return;
  if (ownership_ == Ownership::own) accept_some(kAcceptsAtStop);  // closing the socket would reset those who wait
  event_.clear();
  socket_.close();
}

void Acceptor::accept_some(int count) {
  while (count-- > 0 && accept_one()) {
  }
}

// True when there may be another one.
bool Acceptor::accept_one() {
  SocketAddress peer;
  peer.size = sizeof peer.storage;
  Socket taken(accept4(socket_.fd(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!taken) return on_accept_error(errno);
  int on = 1;
  setsockopt(taken.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  loop_.adopt(std::move(taken), peer.ip(), tls_.get());
  return true;
}

// Without descriptors the waiting connection would wake us for ever: it is taken in the spare's place and turned away,
// and the next are left waiting until the next tick.
bool Acceptor::on_accept_error(int error) {
  if (error == ECONNABORTED || error == EINTR) return true;
  if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM) return false;
  loop_.counters().count(Refusal::descriptors_full);
  turned_away_.close();
  spare_.close();
  turned_away_ = Socket(accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  if (turned_away_ && !tls_) answer_unread(turned_away_.fd());
  event_.set_waiting(false);
  return false;
}

// The client has until the next tick to send what it was sending.
void Acceptor::resume() {
  if (!spare_) {
    if (turned_away_) discard_input(turned_away_.fd());
    turned_away_.close();
    spare_ = open_spare();
  }
  event_.set_waiting(static_cast<bool>(socket_));
}

}  // namespace hookswitch
