// When to try again somebody who was not reached.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace hookswitch {

struct RetryPolicy {
  int attempts = 3;  // in all, the first included
  std::vector<int64_t> delays_ms{15 * 60'000, 7'200'000,
                                 86'400'000};  // after the first, the second ...; the last stays
  double jitter = 0.1;  // up to this part of a delay is added, so that not all who were rung together are so again
  std::vector<std::string> on{"no_answer", "busy", "failed", "voicemail"};  // outcomes that are worth another attempt

  bool worth(std::string_view outcome) const;
};

/// When the attempt after `made` ones is due, counted from `ended_ms`; nullopt when there are no further ones. The
/// jitter depends on `seed` and `made` alone: asked again, the answer is the same.
std::optional<int64_t> next_attempt_ms(const RetryPolicy& policy, std::string_view seed, int made, int64_t ended_ms);

/// {attempts, delays: ["15m", 7200000], jitter, on: [...]}; what is left out is as in `otherwise`.
Result<RetryPolicy> read_retry(const Json& from, const RetryPolicy& otherwise);
Json to_json(const RetryPolicy& policy);

}  // namespace hookswitch
