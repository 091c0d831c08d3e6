#include "engine/base/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace hookswitch {
namespace {

namespace chr = std::chrono;

// What has four digits of a year, in UTC too: an offset or a leap second may lead out of it.
constexpr int64_t kFirstMs = -62'167'219'200'000;
constexpr int64_t kLastMs = 253'402'300'799'999;

// Takes exactly `digits` decimal digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  for (size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

int take_fraction_ms(std::string_view& text) {
  int ms = 0;
  for (int scale = 100; !text.empty() && text.front() >= '0' && text.front() <= '9'; scale /= 10) {
    ms += (text.front() - '0') * scale;
    text.remove_prefix(1);
  }
  return ms;
}

std::optional<chr::minutes> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return chr::minutes{0};
  bool west = !text.empty() && text.front() == '-';
  if (!take(text, "+-")) return std::nullopt;
  auto hours = take_number(text, 2);
  if (!hours || !take(text, ":")) return std::nullopt;
  auto minutes = take_number(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  chr::minutes offset{*hours * 60 + *minutes};
  return west ? -offset : offset;
}

std::optional<int64_t> unit_ms(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1'000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  if (unit == "d") return 86'400'000;
  return std::nullopt;
}

}  // namespace

std::string rfc3339(int64_t ms) {
  auto at = chr::sys_time<chr::milliseconds>{chr::milliseconds{std::clamp(ms, kFirstMs, kLastMs)}};
  auto day = chr::floor<chr::days>(at);
  chr::year_month_day date{day};
  chr::hh_mm_ss time{at - day};
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                time.hours().count(), time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) out += fmt::format(".{:03}", time.subseconds().count());
  return out + "Z";
}

std::optional<int64_t> parse_rfc3339(std::string_view text) {
  auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  auto day = take_number(text, 2);
  if (!day || !take(text, "Tt ")) return std::nullopt;
  auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return std::nullopt;
  auto minute = take_number(text, 2);
  if (!minute || !take(text, ":")) return std::nullopt;
  auto second = take_number(text, 2);
  if (!second) return std::nullopt;
  int ms = take(text, ".") ? take_fraction_ms(text) : 0;
  auto offset = take_offset(text);
  if (!offset || !text.empty() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  chr::year_month_day date{chr::year{*year}, chr::month(static_cast<unsigned>(*month)),
                           chr::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  auto at = chr::sys_days{date} + chr::hours{*hour} + chr::minutes{*minute} + chr::seconds{*second} +
            chr::milliseconds{ms} - *offset;
  const int64_t out = chr::duration_cast<chr::milliseconds>(at.time_since_epoch()).count();
  return out >= kFirstMs && out <= kLastMs ? std::optional(out) : std::nullopt;
}

std::optional<int64_t> parse_duration_ms(std::string_view text) {
  int64_t amount = 0;
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), amount);
  const auto unit = unit_ms({rest, static_cast<size_t>(text.data() + text.size() - rest)});
  int64_t out = 0;
  if (code != std::errc{} || amount < 0 || !unit || __builtin_mul_overflow(amount, *unit, &out)) return std::nullopt;
  return out;
}

}  // namespace hookswitch
