// Times, durations, sizes, opening hours and retries as people write them.
#include <array>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base/time_text.h"
#include "engine/calling/hours.h"
#include "engine/calling/retry.h"
#include "engine/calling/task_wish.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {
namespace {

constexpr std::array kZones = {
    "UTC", "Europe/Bucharest", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Nowhere/At_All"};

constexpr int64_t kLookMs = 3 * 86'400'000;
constexpr int64_t kStepMs = 13 * 60'000;

void try_time(std::string_view text) {
  if (auto ms = parse_rfc3339(text)) {
    ENSURE(parse_rfc3339(rfc3339(*ms)) == ms, "{} is {}, written {}", text, *ms, rfc3339(*ms));
  }
  if (auto ms = parse_duration_ms(text)) ENSURE(*ms >= 0, "{} is {} ms", text, *ms);
}

void try_window(Input& in) {
  const int64_t ms = 1'700'000'000'000 + static_cast<int64_t>(in.number() % 200'000'000'000);
  const std::string zone = kZones[in.byte() % kZones.size()];
  std::string_view days = in.line(), from = in.line(), to = in.line();
  auto window = parse_window(days, from, to);
  if (!window) return;
  auto open = next_open(ms, zone, *window);
  if (!open) return;
  ENSURE(*open >= ms, "{} before {}", *open, ms);
  ENSURE(within(*open, zone, *window).value(), "{} {} {} in {}: {} is not within", days, from, to, zone, *open);
  for (int64_t before = ms; before < *open && before < ms + kLookMs; before += kStepMs) {
    ENSURE(!within(before, zone, *window).value(), "{} {} {} in {}: {} is within", days, from, to, zone, before);
  }
}

void try_json(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return;
  if (auto hours = read_hours(json)) next_allowed(1'766'100'000'000, "Europe/Bucharest", hours->window, {"12-25"});
  if (auto retry = read_retry(json, {})) {
    ENSURE(retry->attempts <= limits::kTaskAttempts, "{} attempts", retry->attempts);
    for (int made = 1; made < 4; ++made) {
      auto next = next_attempt_ms(*retry, "seed", made, 1'766'100'000'000);
      ENSURE(!next || *next >= 1'766'100'000'000, "the next attempt at {}", *next);
    }
    ENSURE(read_retry(to_json(*retry), {}).has_value(), "{}", dump(to_json(*retry)));
  }
  if (auto wish = read_task_wish(json, "US")) {
    ENSURE(read_task_wish(*wish, "US") == *wish, "{}", dump(*wish));
  }
  read_task_change(json, "");
}

}  // namespace

// The first byte says what it is.
void try_input(std::string_view input) {
  Input in(input);
  switch (in.byte()) {
    case 'w':
      return try_window(in);
    case '{':
      return try_json(input);
    default:
      return try_time(input);
  }
}

}  // namespace hookswitch::fuzz
