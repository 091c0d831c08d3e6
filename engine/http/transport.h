// A connected socket: bytes in and out without blocking, plain or through TLS.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>

namespace hookswitch {

/// What a read or write came to. `bytes` counts only for `done`.
struct Moved {
  enum class Outcome {
    done,
    want_read,   // try again when the socket is readable
    want_write,  // try again when the socket is writable
    ended,       // the peer has finished sending
    failed,      // the connection is unusable
  };
  Outcome outcome = Outcome::failed;
  size_t bytes = 0;
};

/// Owns the socket and closes it. Two implementations: plain sockets here, TLS in tls.h.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual int socket() const = 0;
  virtual Moved read(char* to, size_t size) = 0;
  virtual Moved write(const iovec* vectors, int count) = 0;
  /// Tells the peer that nothing more will be sent; what it still sends can be read.
  virtual void finish_writing() = 0;
  /// True until the TLS handshake is done.
  virtual bool shaking_hands() const { return false; }
};

/// A socket that is closed when destroyed.
class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  ~Socket();
  Socket(Socket&& other) noexcept : fd_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void close();

 private:
  int fd_;
};

std::unique_ptr<Transport> plain_transport(Socket socket);

}  // namespace hookswitch
