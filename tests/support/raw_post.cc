#include "tests/support/raw_post.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace hookswitch::test {
namespace {
constexpr int kPatienceMs = 30'000;
constexpr size_t kStatusAt = 9;  // in "HTTP/1.1 200"
}  // namespace

RawPost::RawPost(uint16_t port, const std::string& path, const std::string& headers)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return;
  send(fmt::format("POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n", path, headers));
}

RawPost::~RawPost() { ::close(fd_); }

bool RawPost::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawPost::send_chunk(std::string_view bytes) {
  return send(fmt::format("{:x}\r\n", bytes.size())) && send(bytes) && send("\r\n");
}

int RawPost::status() {
  std::string answer;
  while (answer.find("\r\n") == std::string::npos) {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, kPatienceMs) <= 0) return -1;
    char buffer[1024];
    ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) return 0;
    answer.append(buffer, static_cast<size_t>(got));
  }
  return std::atoi(answer.c_str() + kStatusAt);
}

}  // namespace hookswitch::test
