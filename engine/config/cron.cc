#include "engine/config/cron.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

namespace hookswitch {
namespace {

constexpr int kYearsAhead = 5;
constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct FieldRule {
  const char* name;
  int min, max;
};
constexpr std::array<FieldRule, 5> kFields{
    {{"minute", 0, 59}, {"hour", 0, 23}, {"day of the month", 1, 31}, {"month", 1, 12}, {"day of the week", 0, 7}}};

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  while (true) {
    size_t end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::string_view word : split(text, ' ')) {
    if (!word.empty()) out.push_back(word);
  }
  return out;
}

std::optional<int> number(std::string_view text, const FieldRule& rule) {
  for (size_t i = 0; i < kMonths.size() && rule.max == 12; ++i) {
    if (text == kMonths[i]) return static_cast<int>(i) + 1;
  }
  for (size_t i = 0; i < kWeekdays.size() && rule.max == 7; ++i) {
    if (text == kWeekdays[i]) return static_cast<int>(i);
  }
  int value = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty();
  return whole && value >= rule.min && value <= rule.max ? std::optional(value) : std::nullopt;
}

// One part of a field between commas, as the numbers it stands for.
std::optional<std::vector<int>> part(std::string_view text, const FieldRule& rule) {
  auto halves = split(text, '/');
  if (halves.size() > 2) return std::nullopt;
  int step = 1;
  if (halves.size() == 2) {
    auto [end, error] = std::from_chars(halves[1].data(), halves[1].data() + halves[1].size(), step);
    if (error != std::errc() || end != halves[1].data() + halves[1].size() || step < 1) return std::nullopt;
  }
  int from = rule.min, to = rule.max;
  if (halves[0] != "*") {
    auto ends = split(halves[0], '-');
    auto first = number(ends[0], rule);
    auto last = ends.size() == 2 ? number(ends[1], rule) : first;
    if (!first || !last || ends.size() > 2 || *last < *first) return std::nullopt;
    from = *first;
    to = ends.size() == 1 && halves.size() == 2 ? rule.max : *last;
  }
  std::vector<int> out;
  step = std::min(step, rule.max + 1);
  for (int i = from; i <= to; i += step) out.push_back(i);
  return out;
}

template <size_t N>
Status read(std::string_view text, const FieldRule& rule, std::bitset<N>& to) {
  for (std::string_view piece : split(text, ',')) {
    auto numbers = part(piece, rule);
    if (!numbers) {
      return fail(Code::invalid, "cron: {}: found \"{}\", expected *, a number from {} to {}, a range or a step",
                  rule.name, piece.substr(0, 40), rule.min, rule.max);
    }
    for (int i : *numbers) to.set(static_cast<size_t>(i) % (rule.max == 7 ? 7 : N));
  }
  return {};
}

// UTC of a time on the clocks; nullopt when they skip it.
std::optional<int64_t> to_utc(const date::time_zone* zone, date::local_seconds local) {
  auto info = zone->get_info(local);
  if (info.result == date::local_info::nonexistent) return std::nullopt;
  auto utc = date::sys_seconds(local.time_since_epoch()) - info.first.offset;
  return std::chrono::milliseconds(utc.time_since_epoch()).count();
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
  auto fields = words(text);
  if (fields.size() != kFields.size()) {
    return fail(Code::invalid, "cron: found {} fields, expected 5: minute hour day month weekday", fields.size());
  }
  Cron cron;
  Status read_all = read(fields[0], kFields[0], cron.minutes_);
  if (read_all) read_all = read(fields[1], kFields[1], cron.hours_);
  if (read_all) read_all = read(fields[2], kFields[2], cron.days_);
  if (read_all) read_all = read(fields[3], kFields[3], cron.months_);
  if (read_all) read_all = read(fields[4], kFields[4], cron.weekdays_);
  if (!read_all) return std::unexpected(read_all.error());
  cron.any_day_ = fields[2] == "*";
  cron.any_weekday_ = fields[4] == "*";
  return cron;
}

bool Cron::fits_day(unsigned month, unsigned day, unsigned weekday) const {
  if (!months_.test(month)) return false;
  if (any_day_ || any_weekday_) return days_.test(day) && weekdays_.test(weekday);
  return days_.test(day) || weekdays_.test(weekday);
}

std::optional<int64_t> Cron::next_after(int64_t ms, const std::string& timezone) const try {
  const date::time_zone* zone = date::locate_zone(timezone);
  auto after = date::sys_seconds(std::chrono::seconds(ms / 1000));
  auto day = date::floor<date::days>(zone->to_local(after));
  for (int tried = 0; tried < kYearsAhead * 366; ++tried, day += date::days(1)) {
    date::year_month_day date(day);
    if (!fits_day(unsigned(date.month()), unsigned(date.day()), date::weekday(day).c_encoding())) continue;
    for (size_t minute = 0; minute < 24 * 60; ++minute) {
      if (!hours_.test(minute / 60) || !minutes_.test(minute % 60)) continue;
      auto utc = to_utc(zone, day + std::chrono::minutes(minute));
      if (utc && *utc > ms) return utc;
    }
  }
  return std::nullopt;
} catch (const std::exception&) {  // date's word for a zone that it does not know
  return std::nullopt;
}

}  // namespace hookswitch
