// A request as received and the answer to it: plain values that belong to whoever holds them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookswitch {

/// Header names and values. Names of a request are lower-case; order is kept and a name may repeat.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// What came before the body. The body is delivered in pieces to a Receiver (handler.h).
struct Request {
  std::string method;                      // "GET", "POST" ...: one that the server knows
  std::string target;                      // origin form, "/path?query", printable ASCII without blanks
  HeaderList headers;                      // values without blanks around them
  std::string peer;                        // the client's IP address
  bool peer_shared = false;                // others may come from that address too: a proxy that nobody vouches for
  bool tls = false;                        // came over TLS
  bool has_body = false;                   // a body follows, perhaps of unknown length
  std::optional<uint64_t> content_length;  // absent when chunked and when there is no body

  /// The target up to '?', not decoded.
  std::string_view path() const;
  /// What follows '?', raw; "" when there is none.
  std::string_view query() const;
  /// The first header of that name, "" when absent.
  std::string_view header(std::string_view lower_name) const;
};

/// A body that is made while the client takes it, so that memory stays flat whatever its size. [loop]
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// Of the whole body, known from the start.
  virtual uint64_t bytes() const = 0;
  /// The next bytes, at most `bytes_max`, before the end at least one. Must not block for long. nullopt: it cannot be
  /// gone on with; the connection is cut, for the client was promised more.
  virtual std::optional<std::string> next(size_t bytes_max) = 0;
};

/// An answer. Content-Length, Date, Connection and Transfer-Encoding are the server's; given here they are left out.
struct Response {
  int status = 200;
  HeaderList headers;
  std::string body;                              // not sent to HEAD, which still learns its length
  std::shared_ptr<BodySource> source = nullptr;  // instead of `body`; asked once
};

}  // namespace hookswitch
