// Where `ctx.emit` goes: files of JSON lines, and HTTP endpoints signed by Standard Webhooks.
//
// What is emitted arrives at least once: a line or a request may come again after a crash, with the same id.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/outbox/file_sink.h"
#include "engine/outbox/http_client.h"

namespace hookswitch {

/// A sink as configured: a file or a URL.
struct SinkOptions {
  std::string file;
  uint64_t rotate_bytes = limits::kSinkFileBytes;
  int keep = limits::kSinkFiles;  // rotated files
  std::string url;
  std::string secret;  // "whsec_" and base64, or any text; "": unsigned
};

class Sinks {
 public:
  explicit Sinks(const std::map<std::string, SinkOptions>& sinks);

  bool has(std::string_view name) const { return sinks_.contains(std::string(name)); }
  bool is_file(std::string_view name) const;
  /// Appends the lines and syncs once. [outbox]
  Status write(std::string_view name, const std::vector<std::string>& lines);
  /// The request of an attempt at `now_secs`. Only for one with a URL. [any]
  Result<HttpAsk> ask(std::string_view name, std::string_view id, const std::string& body, int64_t now_secs) const;

 private:
  struct Sink {
    SinkOptions options;
    std::string key;  // what signs
    std::unique_ptr<FileSink> file;
  };
  std::map<std::string, Sink> sinks_;
};

/// "v1,<base64>" of `id.timestamp.body`.
std::string webhook_signature(std::string_view key, std::string_view id, int64_t secs, std::string_view body);
/// The bytes a secret stands for: base64 behind "whsec_", else the text itself. Error: broken base64.
Result<std::string> webhook_key(const std::string& secret);

}  // namespace hookswitch
