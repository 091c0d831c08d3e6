#include "engine/calling/hours.h"

#include <algorithm>
#include <chrono>

#include "engine/base/limits.h"

namespace hookswitch {
namespace {

bool is_holiday(const LocalTime& at, const Holidays& holidays) {
  std::string date = fmt::format("{:04}-{:02}-{:02}", at.year, at.month, at.day);
  return holidays.contains(date) || holidays.contains(date.substr(5));
}

Result<std::string> text_of(const Json& from, const char* name, const char* otherwise) {
  auto found = from.find(name);
  if (found == from.end()) return std::string(otherwise);
  if (found->is_string()) return found->get<std::string>();
  return fail(Code::invalid, "window.{}: expected a text", name);
}

Status check_names(const Json& from) {
  for (const auto& [name, value] : from.items()) {
    bool known = name == "days" || name == "from" || name == "to" || name == "timezone";
    if (!known) {
      return fail(Code::invalid, "window: found {}, expected days, from, to or timezone", name.substr(0, 40));
    }
  }
  return {};
}

}  // namespace

Window any_time() { return {0x7f, 0, kDayMinutes}; }

bool is_holiday_date(const std::string& text) {
  std::string shape = text;
  std::ranges::replace_if(shape, [](char c) { return c >= '0' && c <= '9'; }, '0');
  if (shape != "0000-00-00" && shape != "00-00") return false;
  // Of every year is also what only leap years have.
  const std::string date = text.size() == 5 ? "2000-" + text : text;
  const std::chrono::year_month_day day(std::chrono::year(std::stoi(date.substr(0, 4))),
                                        std::chrono::month(std::stoi(date.substr(5, 2))),
                                        std::chrono::day(std::stoi(date.substr(8, 2))));
  return day.ok();
}

Result<Hours> read_hours(const Json& from) {
  if (from == "any") return Hours{any_time(), ""};
  if (!from.is_object()) return fail(Code::invalid, "window: expected {{days, from, to, timezone}} or \"any\"");
  if (auto known = check_names(from); !known) return std::unexpected(known.error());
  auto days = text_of(from, "days", "mon-sun"), open = text_of(from, "from", "00:00"),
       close = text_of(from, "to", "24:00"), zone = text_of(from, "timezone", "");
  for (auto* text : {&days, &open, &close, &zone}) {
    if (!*text) return std::unexpected(text->error());
  }
  auto window = parse_window(*days, *open, *close);
  if (!window) return wrap(window.error(), "window");
  if (!zone->empty()) {
    if (auto known = local_time(0, *zone); !known) return wrap(known.error(), "window.timezone");
  }
  return Hours{*window, *zone};
}

Result<int64_t> next_allowed(int64_t ms, const std::string& zone, const Window& window, const Holidays& holidays) {
  const int64_t last_ms = ms + limits::kTaskLookDays * 86'400'000;
  for (int64_t at_ms = ms; at_ms <= last_ms;) {
    auto open = next_open(at_ms, zone, window);
    if (!open) return open;
    auto local = local_time(*open, zone);
    if (!local) return std::unexpected(local.error());
    if (!is_holiday(*local, holidays)) return open;
    auto tomorrow = next_midnight(*open, zone);
    if (!tomorrow) return tomorrow;
    at_ms = *tomorrow;
  }
  return fail(Code::not_found, "find opening hours: none within {} days", limits::kTaskLookDays);
}

}  // namespace hookswitch
