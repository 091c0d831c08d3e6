#include "engine/calling/retry.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/base/time_text.h"

namespace hookswitch {
namespace {

// 0 up to, not including, 1.
double share_of(std::string_view seed, int made) {
  return static_cast<double>(hash64(seed, static_cast<uint64_t>(made)) >> 11) * 0x1p-53;
}

Result<int64_t> read_delay(const Json& from) {
  std::optional<int64_t> ms;
  if (from.is_string()) ms = parse_duration_ms(from.get<std::string>());
  if (from.is_number_integer()) ms = from.get<int64_t>();
  if (ms && *ms >= 0 && *ms <= limits::kTaskDelayMs) return *ms;
  return fail(Code::invalid, "retry.delays: found {}, expected durations such as \"15m\", at most a year",
              dump(from).substr(0, 40));
}

Status read_delays(const Json& from, RetryPolicy& out) {
  if (!from.is_array() || from.empty() || from.size() > limits::kTaskAttempts) {
    return fail(Code::invalid, "retry.delays: expected a list of 1 to {} durations", limits::kTaskAttempts);
  }
  out.delays_ms.clear();
  for (const Json& one : from) {
    auto delay = read_delay(one);
    if (!delay) return std::unexpected(delay.error());
    out.delays_ms.push_back(*delay);
  }
  return {};
}

Status read_outcomes(const Json& from, RetryPolicy& out) {
  bool texts = from.is_array() && std::ranges::all_of(from, [](const Json& one) { return one.is_string(); });
  if (!texts) return fail(Code::invalid, "retry.on: expected a list of outcomes such as \"no_answer\"");
  out.on = from.get<std::vector<std::string>>();
  return {};
}

Status read_field(const std::string& name, const Json& value, RetryPolicy& out) {
  if (name == "delays") return read_delays(value, out);
  if (name == "on") return read_outcomes(value, out);
  if (name == "attempts") {
    bool fits = value.is_number_integer() && value >= 1 && value <= limits::kTaskAttempts;
    if (!fits) return fail(Code::invalid, "retry.attempts: expected 1 to {}", limits::kTaskAttempts);
    out.attempts = value.get<int>();
    return {};
  }
  if (name == "jitter") {
    bool fits = value.is_number() && value >= 0 && value <= 1;
    if (!fits) return fail(Code::invalid, "retry.jitter: expected a part of the delay, 0 to 1");
    out.jitter = value.get<double>();
    return {};
  }
  return fail(Code::invalid, "retry: found {}, expected attempts, delays, jitter or on", name.substr(0, 40));
}

}  // namespace

bool RetryPolicy::worth(std::string_view outcome) const { return std::ranges::find(on, outcome) != on.end(); }

std::optional<int64_t> next_attempt_ms(const RetryPolicy& policy, std::string_view seed, int made, int64_t ended_ms) {
  if (made >= policy.attempts || policy.delays_ms.empty()) return std::nullopt;
  size_t at = std::min(static_cast<size_t>(std::max(made, 1) - 1), policy.delays_ms.size() - 1);
  int64_t delay_ms = policy.delays_ms[at];
  auto jitter_ms = static_cast<int64_t>(static_cast<double>(delay_ms) * policy.jitter * share_of(seed, made));
  return ended_ms + delay_ms + jitter_ms;
}

Result<RetryPolicy> read_retry(const Json& from, const RetryPolicy& otherwise) {
  RetryPolicy out = otherwise;
  if (from.is_null()) return out;
  if (!from.is_object()) return fail(Code::invalid, "retry: expected {{attempts, delays, jitter, on}}");
  for (const auto& [name, value] : from.items()) {
    if (auto read = read_field(name, value, out); !read) return std::unexpected(read.error());
  }
  return out;
}

Json to_json(const RetryPolicy& policy) {
  return {{"attempts", policy.attempts}, {"delays", policy.delays_ms}, {"jitter", policy.jitter}, {"on", policy.on}};
}

}  // namespace hookswitch
