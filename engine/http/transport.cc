#include "engine/http/transport.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace hookswitch {
namespace {

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(Socket socket) : socket_(std::move(socket)) {}

  int socket() const override { return socket_.fd(); }

  Moved read(char* to, size_t size) override {
    ssize_t got = recv(socket_.fd(), to, size, 0);
    if (got == 0) return {Moved::Outcome::ended, 0};
    return moved(got, Moved::Outcome::want_read);
  }

  Moved write(const iovec* vectors, int count) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(vectors);
    message.msg_iovlen = static_cast<size_t>(count);
    return moved(sendmsg(socket_.fd(), &message, MSG_NOSIGNAL), Moved::Outcome::want_write);
  }

  void finish_writing() override { shutdown(socket_.fd(), SHUT_WR); }

 private:
  static Moved moved(ssize_t bytes, Moved::Outcome when_blocked) {
    if (bytes >= 0) return {Moved::Outcome::done, static_cast<size_t>(bytes)};
    bool blocked = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {blocked ? when_blocked : Moved::Outcome::failed, 0};
  }

  Socket socket_;
};

}  // namespace

Socket::~Socket() { close(); }

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

int Socket::release() { return std::exchange(fd_, -1); }

void Socket::close() {
  if (fd_ >= 0) ::close(release());
}

std::unique_ptr<Transport> plain_transport(Socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace hookswitch
