// Requests to the outside world: libcurl on an event loop of its own thread, bounded in time and size.
//
// What matters to whoever placed a call is not only that a request failed but whether it may have been heard: a failure
// says so. A request that is not `harmless` is never put on a connection that was used before, because libcurl would
// repeat it by itself if that connection turned out to be dead.
//
// Certificates are verified. Addresses of private networks are refused, unless the source's own base URL is such a one.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/limits.h"
#include "engine/providers/provider.h"

namespace hookswitch {

struct HttpClientOptions {
  std::string proxy;    // "http://proxy:3128"; "": none, whatever the environment says
  std::string ca_file;  // PEM; "": the system's certificates
  int64_t connect_timeout_ms = limits::kOutboundConnectMs;
  std::function<bool()> may_send = [] { return true; };  // [any] else a request fails at once, not sent
};

/// One request with what it may cost.
struct HttpAsk {
  HttpRequest request;
  std::string base_url;  // the source's configured `api_base`; its origin alone may lie in a private network
  int64_t timeout_ms = limits::kOutboundTimeoutMs;  // for all of it; with `on_body` for each pause in it
  int64_t longest_ms = 0;                           // with `on_body`, for all of it; 0: as long as it goes on
  size_t answer_bytes_max = limits::kOutboundAnswerBytes;
  int redirects = 0;  // of a GET that are followed; credentials do not go to another origin
  /// Takes the body of a 2xx answer in pieces; the response's own is then empty. False gives the request up.
  /// [http client] Must not block for long.
  std::function<bool(std::string_view)> on_body = {};
};

/// Whether a request that failed may have reached the other side.
enum class Sent { no, maybe };

struct HttpFailure {
  std::string error;  // a sentence without secrets: neither headers nor query
  Sent sent = Sent::maybe;
  bool redirect_refused = false;  // an answer came, and sent us to an address that is refused
};

using HttpResult = std::expected<HttpResponse, HttpFailure>;

class HttpClient {
 public:
  /// [http client] Must not block.
  using Done = std::move_only_function<void(HttpResult)>;

  /// Starts the thread.
  static Result<std::unique_ptr<HttpClient>> start(HttpClientOptions options);
  /// Cuts what is under way: every `done` left is called, with Sent::maybe where bytes went out.
  virtual ~HttpClient() = default;

  /// [any] `done` is called exactly once.
  virtual void send(HttpAsk ask, Done done) = 0;
  /// [any] Sends and waits. Not on the client's own thread.
  HttpResult send_and_wait(HttpAsk ask);
  /// [any] Requests without an answer yet.
  virtual size_t under_way() const = 0;
};

}  // namespace hookswitch
