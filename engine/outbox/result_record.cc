#include "engine/outbox/result_record.h"

#include <utility>

namespace hookswitch {
namespace {

constexpr size_t kHeadersKept = 100;  // of an answer, the first ones
constexpr size_t kHeaderBytesKept = 16 * 1024;

NewRecord record(const char* word, const Action& action, int attempt, int64_t now_ms) {
  NewRecord out;
  out.kind = RecordKind::result;
  out.time_ms = now_ms;
  out.source = action.source;
  out.headers = {{":name", word}, {":action", action.id}, {":attempt", std::to_string(attempt)}};
  return out;
}

// As many as a record surely takes. A name that begins with ':' would be one of ours.
void keep_headers(HeaderList headers, NewRecord& out) {
  size_t kept = 0, bytes = 0;
  for (auto& header : headers) {
    if (header.first.empty() || header.first == "set-cookie" || header.first.starts_with(':')) continue;
    bytes += header.first.size() + header.second.size();
    if (++kept > kHeadersKept || bytes > kHeaderBytesKept) return;
    out.headers.push_back(std::move(header));
  }
}

}  // namespace

NewRecord claim_record(const Action& action, int attempt, bool harmless, int64_t now_ms) {
  NewRecord out = record("claim", action, attempt, now_ms);
  if (harmless) out.headers.emplace_back(":harmless", "1");
  return out;
}

NewRecord lost_record(const Action& action, int64_t now_ms) { return record("lost", action, action.attempt, now_ms); }

NewRecord answer_record(const char* word, const Action& action, int attempt, HttpResult result, int64_t now_ms) {
  NewRecord out = record(word, action, attempt, now_ms);
  if (!result) {
    out.headers.emplace_back(":error", std::move(result.error().error));
    out.headers.emplace_back(":sent", result.error().sent == Sent::no ? "no" : "maybe");
    return out;
  }
  out.headers.emplace_back(":status", std::to_string(result->status));
  keep_headers(std::move(result->headers), out);
  out.body = std::move(result->body);
  return out;
}

NewRecord never_record(const char* word, const Action& action, int attempt, const std::string& why, int64_t now_ms) {
  NewRecord out = record(word, action, attempt, now_ms);
  out.headers.emplace_back(":error", why);
  out.headers.emplace_back(":sent", "never");
  return out;
}

}  // namespace hookswitch
