#include <algorithm>
#include <array>

#include "engine/config/readers.h"
#include "engine/config/units.h"

namespace hookswitch {
namespace {

constexpr std::array<const char*, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::optional<int> day_of(std::string_view word) {
  auto found = std::find(kDays.begin(), kDays.end(), word);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<int>(found - kDays.begin());
}

// Adds "mon" or "mon-fri"; a range may go over the end of the week.
bool add_days(std::string_view part, std::vector<int>& days) {
  size_t dash = part.find('-');
  auto first = day_of(part.substr(0, dash));
  auto last = dash == std::string_view::npos ? first : day_of(part.substr(dash + 1));
  if (!first || !last) return false;
  for (int day = *first;; day = (day + 1) % 7) {
    if (std::find(days.begin(), days.end(), day) == days.end()) days.push_back(day);
    if (day == *last) return true;
  }
}

std::optional<std::vector<int>> parse_days(std::string_view text) {
  std::vector<int> days;
  while (true) {
    size_t comma = text.find(',');
    if (!add_days(text.substr(0, comma), days)) return std::nullopt;
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::sort(days.begin(), days.end());
  return days;
}

void read_time_of_day(Section& section, const std::string& key, int& minute) {
  if (!section.has(key)) return;
  std::string text;
  section.read(key, text);
  auto parsed = parse_time_of_day(text);
  if (!parsed) return section.refuse(key, "a time of day such as \"09:00\"");
  minute = *parsed;
}

void read_window(Section section, CallingConfig& calling) {
  if (section.has("days")) {
    std::string text;
    section.read("days", text);
    auto days = parse_days(text);
    if (days) calling.days = *days;
    if (!days) section.refuse("days", "days such as mon-fri or mon,wed,fri");
  }
  read_time_of_day(section, "from", calling.from_minute);
  read_time_of_day(section, "to", calling.to_minute);
  if (calling.from_minute >= calling.to_minute) section.refuse("to", "a time of day after `from`");
  section.finish();
}

}  // namespace

void read_calling(Section section, CallingConfig& calling) {
  read_window(section.section("window"), calling);
  section.read_count("max_attempts", 1, 100, calling.max_attempts);
  section.read_count("concurrency", 1, 10'000, calling.concurrency);
  section.read_number("per_second", 0.001, 1'000, calling.per_second);
  section.finish();
}

}  // namespace hookswitch
