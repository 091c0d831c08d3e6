#include "engine/calling/zone.h"

#include <date/tz.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace hookswitch {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using SysTime = date::sys_time<milliseconds>;
using Zone = const date::time_zone*;

constexpr int kDaysMax = 100'000;

/// The library throws for an unknown name; a rule gets an error.
Result<Zone> find_zone(const std::string& name) try {
  return date::locate_zone(name);
} catch (const std::runtime_error&) {
  return fail(Code::invalid, "find time zone: found '{}', expected a name such as 'Europe/Bucharest' or 'UTC'", name);
}

Result<Zone> zone_for(int64_t ms, const std::string& name) {
  if (ms < -kTimeMax || ms > kTimeMax) return fail(Code::invalid, "time {} is not within the years 0 to 9999", ms);
  return find_zone(name);
}

SysTime sys(int64_t ms) { return SysTime(milliseconds(ms)); }

date::local_time<milliseconds> local(Zone zone, SysTime at) { return zone->to_local(at); }

int64_t instant(Zone zone, date::local_time<milliseconds> at, date::choose which) {
  return std::chrono::duration_cast<milliseconds>(zone->to_sys(at, which).time_since_epoch()).count();
}

unsigned day_index(date::local_days day) { return date::weekday(day).iso_encoding() - 1; }

bool opens(const Window& window, date::local_days day) { return (window.days >> day_index(day) & 1) != 0; }

bool is_open(Zone zone, int64_t ms, const Window& window) {
  const auto now = local(zone, sys(ms));
  const auto today = date::floor<date::days>(now);
  const auto minute = static_cast<int>(std::chrono::floor<minutes>(now - today).count());
  if (window.to_min > window.from_min) {
    return opens(window, today) && minute >= window.from_min && minute < window.to_min;
  }
  const bool since_today = opens(window, today) && minute >= window.from_min;
  const bool since_yesterday = opens(window, today - date::days(1)) && minute < window.to_min;
  return since_today || since_yesterday;
}

/// When the window might open: at its hour (either one, where the clock shows it twice), or where the clock is changed.
std::vector<int64_t> candidates(Zone zone, int64_t ms, const Window& window) {
  const auto today = date::floor<date::days>(local(zone, sys(ms)));
  std::vector<int64_t> out = {ms};
  for (int day = 0; day <= 14; ++day) {
    const auto opening = today + date::days(day) + minutes(window.from_min);
    out.push_back(instant(zone, opening, date::choose::earliest));
    out.push_back(instant(zone, opening, date::choose::latest));
  }
  const auto change = zone->get_info(sys(ms)).end.time_since_epoch();
  if (change < std::chrono::hours(24 * 365 * 8000)) {
    out.push_back(std::chrono::duration_cast<milliseconds>(change).count());
  }
  std::sort(out.begin(), out.end());
  return out;
}

constexpr std::string_view kDays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::optional<int> day_of(std::string_view text) {
  const auto* found = std::find(std::begin(kDays), std::end(kDays), text);
  if (found == std::end(kDays)) return std::nullopt;
  return static_cast<int>(found - std::begin(kDays));
}

/// "fri" or "fri-mon", which goes over the weekend.
std::optional<uint8_t> day_range(std::string_view text) {
  const size_t dash = text.find('-');
  const auto first = day_of(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : day_of(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  uint8_t days = 0;
  for (int day = *first;; day = (day + 1) % 7) {
    days = static_cast<uint8_t>(days | 1 << day);
    if (day == *last) return days;
  }
}

std::optional<uint8_t> parse_days(std::string_view text) {
  uint8_t days = 0;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    const auto range = day_range(part);
    if (!range) return std::nullopt;
    days = static_cast<uint8_t>(days | *range);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return days;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "09:30" -> 570
std::optional<int> parse_minutes(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  if (!is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[3]) || !is_digit(text[4])) return std::nullopt;
  const int minute = (text[3] - '0') * 10 + text[4] - '0';
  const int total = ((text[0] - '0') * 10 + text[1] - '0') * 60 + minute;
  return minute < 60 && total <= kDayMinutes ? std::optional(total) : std::nullopt;
}

}  // namespace

Result<Window> parse_window(std::string_view days, std::string_view from, std::string_view to) {
  const auto days_set = parse_days(days);
  if (!days_set || *days_set == 0) return fail(Code::invalid, "days: found '{}', expected such as 'mon-fri,sun'", days);
  const auto from_min = parse_minutes(from);
  const auto to_min = parse_minutes(to);
  if (!from_min || *from_min == kDayMinutes)
    return fail(Code::invalid, "from: found '{}', expected such as '09:00'", from);
  if (!to_min) return fail(Code::invalid, "to: found '{}', expected such as '18:00'", to);
  return Window{*days_set, *from_min, *to_min};
}

Result<LocalTime> local_time(int64_t ms, const std::string& zone_name) {
  auto zone = zone_for(ms, zone_name);
  if (!zone) return std::unexpected(zone.error());
  const auto now = local(*zone, sys(ms));
  const auto day = date::floor<date::days>(now);
  const date::year_month_day ymd(day);
  const date::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  return LocalTime{.year = static_cast<int>(ymd.year()),
                   .month = static_cast<int>(static_cast<unsigned>(ymd.month())),
                   .day = static_cast<int>(static_cast<unsigned>(ymd.day())),
                   .hour = static_cast<int>(time.hours().count()),
                   .min = static_cast<int>(time.minutes().count()),
                   .sec = static_cast<int>(time.seconds().count()),
                   .wday = static_cast<int>(day_index(day)) + 1,
                   .offset_secs = static_cast<int>((*zone)->get_info(sys(ms)).offset.count())};
}

Result<int64_t> add_days(int64_t ms, const std::string& zone_name, int days) {
  auto zone = zone_for(ms, zone_name);
  if (!zone) return std::unexpected(zone.error());
  if (days < -kDaysMax || days > kDaysMax)
    return fail(Code::invalid, "add {} days: expected at most {}", days, kDaysMax);
  return instant(*zone, local(*zone, sys(ms)) + date::days(days), date::choose::earliest);
}

Result<int64_t> next_midnight(int64_t ms, const std::string& zone_name) {
  auto zone = zone_for(ms, zone_name);
  if (!zone) return std::unexpected(zone.error());
  return instant(*zone, date::floor<date::days>(local(*zone, sys(ms))) + date::days(1), date::choose::earliest);
}

Result<int64_t> last_midnight(int64_t ms, const std::string& zone_name) {
  auto zone = zone_for(ms, zone_name);
  if (!zone) return std::unexpected(zone.error());
  return instant(*zone, date::floor<date::days>(local(*zone, sys(ms))), date::choose::earliest);
}

Result<bool> within(int64_t ms, const std::string& zone_name, const Window& window) {
  auto zone = zone_for(ms, zone_name);
  if (!zone) return std::unexpected(zone.error());
  return is_open(*zone, ms, window);
}

Result<int64_t> next_open(int64_t ms, const std::string& zone_name, const Window& window) {
  auto zone = zone_for(ms, zone_name);
  if (!zone) return std::unexpected(zone.error());
  for (int64_t candidate : candidates(*zone, ms, window)) {
    if (candidate >= ms && is_open(*zone, candidate, window)) return candidate;
  }
  return fail(Code::not_found, "the window does not open within two weeks");
}

}  // namespace hookswitch
