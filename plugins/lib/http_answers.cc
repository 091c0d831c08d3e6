#include "plugins/lib/http_answers.h"

#include <algorithm>

#include "plugins/lib/form.h"
#include "plugins/lib/numbers.h"
#include "plugins/lib/times.h"

namespace hookswitch::plugin {

namespace {

constexpr size_t kLabelBytes = 60;
constexpr size_t kSentenceBytes = 500;
constexpr size_t kIdBytes = 200;
constexpr int64_t kLongestWaitMs = 86'400'000;

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

Judgement by_status(const HttpAnswer& answer, int64_t now_ms) {
  int32_t status = answer.status;
  std::string code = "http_" + std::to_string(status);
  std::string reason = "found the HTTP status " + std::to_string(status);
  if (status == 401 || status == 402 || status == 403) {
    return Judgement::of(HOOKSWITCH_DENIED, status == 402 ? "payment_required" : "not_authorized", reason);
  }
  if (status == 409 || status == 423 || status == 425 || status == 429) {
    Judgement out = Judgement::of(HOOKSWITCH_RETRY, status == 429 ? "rate_limited" : code, reason);
    out.retry_after_ms = retry_after_ms(answer.headers, now_ms);
    return out;
  }
  if (status == 408) return Judgement::of(HOOKSWITCH_UNKNOWN, code, reason);
  if (status >= 300 && status < 500) return Judgement::of(HOOKSWITCH_FAILED, code, reason);
  if (status >= 200 && status < 300) {
    return Judgement::of(HOOKSWITCH_UNKNOWN, "unreadable_answer", "found an answer of another shape, " + reason);
  }
  return Judgement::of(HOOKSWITCH_UNKNOWN, code, reason);
}

int64_t retry_after_ms(const Headers& headers, int64_t now_ms) {
  if (auto ms = read_integer(headers.get("retry-after-ms"))) return std::clamp<int64_t>(*ms, 0, kLongestWaitMs);
  std::string_view text = headers.get("retry-after");
  if (auto seconds = read_real(text)) {
    return std::clamp<int64_t>(static_cast<int64_t>(std::min(*seconds, 1e9) * 1000), 0, kLongestWaitMs);
  }
  auto date = rfc2822_ms(text);
  return date && now_ms > 0 ? std::clamp<int64_t>(*date - now_ms, 0, kLongestWaitMs) : 0;
}

std::string label(std::string_view word) {
  std::string out;
  for (char c : word.substr(0, kLabelBytes)) {
    char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    out += is_plain(lower) ? lower : '_';
  }
  return out.empty() ? "unknown" : out;
}

std::string sentence(std::string_view words) {
  if (words.size() <= kSentenceBytes) return std::string(words);
  size_t end = kSentenceBytes;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0) == 0x80) --end;
  return std::string(words.substr(0, end)) + "...";
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kIdBytes && std::ranges::all_of(text, [](char c) {
    return is_plain(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
}

void add_query(std::string& url, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  std::string param;
  append_param(param, name, value);
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += param;
}

}  // namespace hookswitch::plugin
