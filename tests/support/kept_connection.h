// A connection to 127.0.0.1 that carries one request after another, for tests that make very many.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace hookswitch::test {

class KeptConnection {
 public:
  explicit KeptConnection(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET};
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~KeptConnection() { ::close(fd_); }
  KeptConnection(const KeptConnection&) = delete;
  KeptConnection& operator=(const KeptConnection&) = delete;

  /// The answer's status; 0 when the connection has ended.
  int post(const std::string& path, const std::string& token, const std::string& body) {
    std::string request = "POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token +
                          "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                          "\r\n\r\n" + body;
    if (!open_ || ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) < 0) return 0;
    std::string answer;
    char buffer[16384];
    for (;;) {
      size_t head = answer.find("\r\n\r\n");
      if (head != std::string::npos && answer.size() >= head + 4 + length(answer)) break;
      ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) return 0;
      answer.append(buffer, static_cast<size_t>(got));
    }
    return std::atoi(answer.c_str() + 9);
  }

 private:
  static size_t length(const std::string& answer) {
    size_t at = answer.find("ontent-Length:");
    return at == std::string::npos ? 0 : std::strtoul(answer.c_str() + at + 14, nullptr, 10);
  }

  int fd_ = -1;
  bool open_ = false;
};

}  // namespace hookswitch::test
