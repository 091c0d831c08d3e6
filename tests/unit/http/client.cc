#include "tests/unit/http/client.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace hookswitch::test {
namespace {

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

void read_head(std::string_view head, WireAnswer& out) {
  out.status = std::stoi(std::string(head.substr(9, 3)));
  for (size_t at = head.find("\r\n") + 2; at < head.size();) {
    size_t end = head.find("\r\n", at), colon = head.find(':', at);
    if (end == at || colon > end) break;
    std::string name(head.substr(at, colon - at));
    std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(tolower(c)); });
    out.headers[name] = head.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
}

}  // namespace

bool eventually(const std::function<bool()>& condition, int64_t max_ms) {
  for (int64_t deadline = now_ms() + max_ms; now_ms() < deadline;) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return condition();
}

Client::Client(uint16_t port, int receive_bytes) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_bytes > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) close();
}

Client::~Client() { close(); }

void Client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void Client::finish_sending() { shutdown(fd_, SHUT_WR); }

// True when bytes arrived.
bool Client::receive(int64_t deadline_ms) {
  pollfd waiting{fd_, POLLIN, 0};
  int64_t left = deadline_ms - now_ms();
  if (ended_ || left <= 0 || poll(&waiting, 1, static_cast<int>(left)) <= 0) return false;
  char bytes[65536];
  ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
  if (got <= 0) {
    ended_ = true;
    return false;
  }
  buffer_.append(bytes, static_cast<size_t>(got));
  return true;
}

bool Client::need(size_t bytes, int64_t deadline_ms) {
  while (buffer_.size() < bytes) {
    if (!receive(deadline_ms)) return false;
  }
  return true;
}

bool Client::wait_for(std::string_view bytes, int64_t max_ms) {
  int64_t deadline = now_ms() + max_ms;
  while (buffer_.find(bytes) == std::string::npos) {
    if (!receive(deadline)) return false;
  }
  return true;
}

bool Client::closed(int64_t max_ms) {
  int64_t deadline = now_ms() + max_ms;
  while (receive(deadline)) {
  }
  return ended_;
}

bool Client::take_chunks(std::string& body, int64_t deadline_ms) {
  while (true) {
    while (buffer_.find("\r\n") == std::string::npos) {
      if (!receive(deadline_ms)) return false;
    }
    size_t line = buffer_.find("\r\n"), size = std::stoul(buffer_.substr(0, line), nullptr, 16);
    if (!need(line + 2 + size + 2, deadline_ms)) return false;
    body += buffer_.substr(line + 2, size);
    buffer_.erase(0, line + 2 + size + 2);
    if (size == 0) return true;
  }
}

std::optional<WireAnswer> Client::answer(bool to_head, int64_t max_ms) {
  int64_t deadline = now_ms() + max_ms;
  if (!wait_for("\r\n\r\n", max_ms)) return std::nullopt;
  WireAnswer out;
  size_t head = buffer_.find("\r\n\r\n") + 4;
  read_head(buffer_.substr(0, head), out);
  buffer_.erase(0, head);
  if (to_head || out.status == 204 || out.status == 304 || out.status < 200) return out;
  if (out.headers.contains("transfer-encoding")) {
    if (!take_chunks(out.body, deadline)) return std::nullopt;
    return out;
  }
  if (!out.headers.contains("content-length")) {
    if (!closed(max_ms)) return std::nullopt;
    out.body = std::exchange(buffer_, {});
    return out;
  }
  size_t length = std::stoul(out.headers["content-length"]);
  if (!need(length, deadline)) return std::nullopt;
  out.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return out;
}

int status_of(uint16_t port, std::string_view bytes) {
  Client client(port);
  client.send(bytes);
  auto answer = client.answer();
  return answer ? answer->status : 0;
}

}  // namespace hookswitch::test
