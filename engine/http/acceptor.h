// A listening socket of one loop: takes connections in, and knows what to do when there are no descriptors left.
#pragma once

#include <memory>
#include <string>

#include "engine/http/address.h"
#include "engine/http/socket_event.h"
#include "engine/http/tls.h"
#include "engine/http/transport.h"

namespace hookswitch {

class Loop;

/// Opens a listening socket that shares its port with those of the other loops.
Result<Socket> open_listener(const SocketAddress& address);

/// Another descriptor of a listening socket that was opened by somebody else, who chose where it listens.
/// Errors: invalid when it is no listening stream socket.
Result<Socket> share_listener(int fd);

/// Fails with `conflict` when somebody else listens there: sharing the port would otherwise hide that.
Status check_address_free(const SocketAddress& address);

/// [loop]
class Acceptor {
 public:
  /// Whose the listening socket is: when `shared`, others listen on it after us and serve who waits there.
  enum class Ownership { own, shared };

  /// `loop` outlives the acceptor. `tls` is null for plain connections.
  Acceptor(Loop& loop, Socket socket, Ownership ownership, std::shared_ptr<TlsContext> tls);

  /// Takes what is waiting on a socket of our own, then closes the listening socket.
  void stop();
  /// Goes on after a pause for want of descriptors.
  void resume();

 private:
  void accept_some(int count);
  bool accept_one();
  bool on_accept_error(int error);

  Loop& loop_;
  Socket socket_;
  const Ownership ownership_;
  Socket spare_;        // closed to make room for accepting, and turning away, a connection when descriptors run out
  Socket turned_away_;  // that one, in the spare's place until the next tick
  std::shared_ptr<TlsContext> tls_;
  SocketEvent event_;
};

}  // namespace hookswitch
