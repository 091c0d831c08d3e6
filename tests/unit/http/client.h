// A raw TCP client: sends exactly the bytes it is told and waits with a deadline.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hookswitch::test {

/// An answer as read off the wire.
struct WireAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;                            // chunks joined
};

/// True as soon as `condition` is; false when it is not within the deadline.
bool eventually(const std::function<bool()>& condition, int64_t max_ms = 5000);

class Client {
 public:
  /// `receive_bytes`: size of the socket's receive buffer, 0 for the system's.
  explicit Client(uint16_t port, int receive_bytes = 0);
  ~Client();
  Client(const Client&) = delete;

  bool connected() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  /// False when the server has closed.
  bool send(std::string_view bytes);
  void finish_sending();
  void close();
  /// Takes one answer; nullopt at the end of the connection or after `max_ms`.
  std::optional<WireAnswer> answer(bool to_head = false, int64_t max_ms = 5000);
  /// Waits for `bytes` to arrive (they stay in the buffer).
  bool wait_for(std::string_view bytes, int64_t max_ms = 5000);
  /// Waits until the server closes; false after `max_ms`.
  bool closed(int64_t max_ms = 5000);
  std::string& buffer() { return buffer_; }

 private:
  bool receive(int64_t deadline_ms);
  bool take_chunks(std::string& body, int64_t deadline_ms);
  bool need(size_t bytes, int64_t deadline_ms);

  int fd_ = -1;
  bool ended_ = false;
  std::string buffer_;
};

/// The status of the first answer to `bytes`, 0 when there is none.
int status_of(uint16_t port, std::string_view bytes);

}  // namespace hookswitch::test
