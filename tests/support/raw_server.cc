#include "tests/support/raw_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace hookswitch::test {
namespace {

bool readable(int fd, int wait_ms) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, wait_ms) > 0;
}

size_t body_size(const std::string& head) {
  size_t at = head.find("ontent-Length:");
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 14, nullptr, 10);
}

}  // namespace

RawServer::RawServer(Answer answer) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listener_, 64);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

RawServer::~RawServer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  thread_.join();
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return serving_ == 0; });
  ::close(listener_);
}

std::vector<std::string> RawServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void RawServer::run() {
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    if (!readable(listener_, 20)) continue;
    int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) continue;
    std::lock_guard lock(mutex_);
    ++serving_;
    std::thread([this, fd] {
      serve(fd);
      std::lock_guard ending(mutex_);
      --serving_;
      ended_.notify_all();
    }).detach();
  }
}

void RawServer::serve(int fd) {
  std::string text;
  char buffer[65536];
  while (true) {
    size_t end = text.find("\r\n\r\n");
    if (end != std::string::npos && text.size() >= end + 4 + body_size(text.substr(0, end))) {
      size_t n = 0;
      {
        std::lock_guard lock(mutex_);
        n = requests_.size();
        requests_.push_back(text);
      }
      Reply reply = answer_(text, n);
      std::this_thread::sleep_for(std::chrono::milliseconds(reply.hold_ms));
      if (!reply.bytes.empty()) static_cast<void>(::send(fd, reply.bytes.data(), reply.bytes.size(), MSG_NOSIGNAL));
      text.clear();
      if (!reply.keep) break;
    }
    if (!readable(fd, 20)) {
      std::lock_guard lock(mutex_);
      if (stopping_) break;
      continue;
    }
    ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  ::close(fd);
}

std::string http_answer(int status, const std::string& body, const std::string& headers) {
  return fmt::format("HTTP/1.1 {} Status\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

}  // namespace hookswitch::test
