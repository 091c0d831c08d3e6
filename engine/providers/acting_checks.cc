#include "engine/providers/acting_checks.h"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "engine/base/limits.h"
#include "engine/providers/field_checks.h"
#include "engine/providers/known_part.h"
#include "engine/providers/text.h"

namespace hookswitch {

namespace {

constexpr std::array<std::string_view, 5> kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE"};
constexpr int64_t kLongestWaitMs = 7 * 86'400'000LL;  // a provider that asks for more is not waited for

/// Whether RFC 3986 knows every character. Of others, a backslash above all, two readers think differently where the
/// host ends.
bool is_plain_url(std::string_view url) {
  return std::ranges::all_of(url, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
  });
}

/// "https://host:port" of a plain URL, in lower case; "" unless it is http or https with a host and no user.
std::string origin_of(std::string_view url) {
  size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return "";
  std::string out(url.substr(0, url.find_first_of("/?#", scheme)));
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out.size() > scheme && out.find('@') == std::string::npos ? out : "";
}

std::string wrong_url(std::string_view url, const std::string& api_base) {
  if (!is_plain_url(url)) return "url has characters that no URL has, expected them escaped";
  std::string origin = origin_of(url);
  if (origin.empty()) return "url is no absolute http or https address without credentials";
  if (api_base.empty() || origin == origin_of(api_base)) return "";
  return fmt::format("url goes to {}, expected {}, where the source's api_base is", origin, origin_of(api_base));
}

std::string wrong_request(const hookswitch_http_request& request, const std::string& api_base) {
  std::string wrong = wrong_fields({{"method", request.method, kCodeBytes},
                                    {"url", request.url, limits::kRequestLineBytes},
                                    {"body", request.body, limits::kBodyBytes}});
  if (!wrong.empty()) return wrong;
  if (std::ranges::find(kMethods, to_view(request.method)) == kMethods.end()) {
    return "method is none of GET, POST, PUT, PATCH and DELETE";
  }
  if (wrong = wrong_url(to_view(request.url), api_base); !wrong.empty()) return wrong;
  return wrong_headers(request.headers, request.header_count);
}

std::string wrong_outcome(const hookswitch_outcome& outcome) {
  if (outcome.kind < HOOKSWITCH_DONE || outcome.kind > HOOKSWITCH_DENIED) {
    return fmt::format("the outcome's kind is {}, expected {} to {}", outcome.kind, HOOKSWITCH_DONE, HOOKSWITCH_DENIED);
  }
  std::string wrong = wrong_fields({{"code", outcome.code, kCodeBytes},
                                    {"reason", outcome.reason, kSentenceBytes},
                                    {"result", outcome.result, limits::kOutcomeBytes},
                                    {"cursor", outcome.cursor, limits::kCursorBytes}});
  if (!wrong.empty()) return wrong;
  if (outcome.retry_after_ms < 0) return fmt::format("retry_after_ms is {}", outcome.retry_after_ms);
  if (outcome.kind != HOOKSWITCH_DONE && !is_label(to_view(outcome.code))) {
    return "an outcome that is not done has no code of a-z, 0-9 and _, expected one for the metrics";
  }
  return outcome.result.size == 0 ? "" : wrong_object("result", to_view(outcome.result));
}

ActionOutcome::Kind kind_of(int32_t kind) {
  using Kind = ActionOutcome::Kind;
  constexpr std::array kKinds{Kind::done, Kind::retry, Kind::failed, Kind::unknown, Kind::denied};
  return kKinds[static_cast<size_t>(kind - HOOKSWITCH_DONE)];
}

}  // namespace

Result<HttpRequest> checked_request(const Plugin& plugin, const char* hook, const hookswitch_http_request& theirs,
                                    const std::string& api_base) {
  hookswitch_http_request request = known_part(theirs);
  if (std::string wrong = wrong_request(request, api_base); !wrong.empty()) return plugin.breach(hook, wrong);
  HttpRequest out;
  out.method = to_view(request.method);
  out.url = to_view(request.url);
  out.headers = copied_headers(request.headers, request.header_count);
  out.body = to_view(request.body);
  out.harmless = request.harmless != 0;
  return out;
}

Result<ActionOutcome> checked_outcome(const Plugin& plugin, const char* hook, const hookswitch_outcome& theirs) {
  hookswitch_outcome outcome = known_part(theirs);
  if (std::string wrong = wrong_outcome(outcome); !wrong.empty()) return plugin.breach(hook, wrong);
  ActionOutcome out;
  out.kind = kind_of(outcome.kind);
  out.retry_after_ms = std::min(outcome.retry_after_ms, kLongestWaitMs);
  out.code = to_view(outcome.code);
  out.reason = to_view(outcome.reason);
  out.result = to_view(outcome.result);
  out.cursor = to_view(outcome.cursor);
  return out;
}

Result<SyncItem> checked_item(const Plugin& plugin, const hookswitch_item& theirs) {
  hookswitch_item item = known_part(theirs);
  std::string wrong = wrong_fields({{"an item's id", item.id, limits::kEventIdBytes},
                                    {"an item's body", item.body, limits::kBodyBytes},
                                    {"an item's event_id", item.event_id, limits::kEventIdBytes},
                                    {"an item's id_kind", item.id_kind, kCodeBytes}});
  if (wrong.empty() && item.id_kind.size != 0 && !is_label(to_view(item.id_kind))) {
    wrong = "an item's id_kind has other characters than a-z, 0-9 and _";
  }
  if (wrong.empty() && item.id.size == 0) wrong = "an item has no id";
  if (wrong.empty() && !simdjson::validate_utf8(item.id.data, item.id.size)) wrong = "an item's id is not UTF-8";
  if (wrong.empty() && (item.time_ms < 0 || item.time_ms > kLastMs)) {
    wrong = fmt::format("an item's time_ms is {}", item.time_ms);
  }
  if (!wrong.empty()) return plugin.breach("read", wrong);
  return SyncItem{std::string(to_view(item.id)), item.time_ms, std::string(to_view(item.body)),
                  std::string(to_view(item.event_id)), std::string(to_view(item.id_kind))};
}

Status checked_item_count(const Plugin& plugin, const SyncQuery& query, size_t items) {
  if (query.item.empty() || query.resource == "recordings" || items == 1) return {};
  return plugin.breach("read", fmt::format("emitted {} items for one, expected 1", items));
}

Result<std::string> checked_cursor(const Plugin& plugin, hookswitch_str cursor) {
  std::string wrong = wrong_field({"next_cursor", cursor, limits::kCursorBytes});
  if (!wrong.empty()) return plugin.breach("read", wrong);
  return std::string(to_view(cursor));
}

}  // namespace hookswitch
