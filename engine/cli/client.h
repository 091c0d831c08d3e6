// The command line's HTTP client: one request, one answer, libcurl.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace hookswitch::cli {

struct HttpAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// Where an engine is reached.
struct EngineAddress {
  std::string base_url;  // "http://127.0.0.1:8080"
  std::string key_pin;   // of https: who has this key is the engine, see key_pin(); "": who has a good certificate
};

/// Waits at most 30 s. With `key_pin` the server must have that key, and nobody need vouch for its certificate. The
/// error says what was asked of whom and why it failed.
Result<HttpAnswer> request(const std::string& method, const std::string& url, const HttpHeaders& headers,
                           const std::string& body, const std::string& key_pin = "");

/// A running engine, spoken to with the token it leaves for its own user in the data directory.
class EngineClient {
 public:
  /// `data_dir/cli.token` holds the engine's address and the token. Error: not_found when no engine runs there.
  static Result<EngineClient> open(const std::string& data_dir);

  /// GET /api/v1<path>; an answer that is no 2xx is an error with the problem's title and detail.
  Result<Json> get(const std::string& path) const;
  /// `key`, when not empty: its Idempotency-Key.
  Result<Json> send(const std::string& method, const std::string& path, const Json& body,
                    const std::string& key = "") const;

  const EngineAddress& address() const { return address_; }

 private:
  EngineAddress address_;
  std::string token_;
};

}  // namespace hookswitch::cli
