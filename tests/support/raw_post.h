// A POST byte by byte, for what libcurl is too polite to send.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hookswitch::test {

class RawPost {
 public:
  /// Connects to 127.0.0.1 and sends the request line and the headers, one "Name: value\r\n" each.
  RawPost(uint16_t port, const std::string& path, const std::string& headers);
  ~RawPost();
  RawPost(const RawPost&) = delete;
  RawPost& operator=(const RawPost&) = delete;

  /// False once the other side has closed.
  bool send(std::string_view bytes);
  bool send_chunk(std::string_view bytes);
  /// Ends a chunked body.
  bool end_chunks() { return send("0\r\n\r\n"); }
  /// The status of the answer; 0 when the connection ended without one, -1 when neither came within 30 s.
  int status();

 private:
  int fd_ = -1;
};

}  // namespace hookswitch::test
