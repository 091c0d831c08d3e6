#include <algorithm>

#include "engine/base/nearest.h"
#include "engine/base/time_text.h"
#include "engine/calling/hours.h"
#include "engine/config/readers.h"

namespace hookswitch {
namespace {

// One part of the window at a time, so that the error names the right key.
void check_part(Section& section, const std::string& key, const Result<Window>& alone, std::string_view expected) {
  if (section.has(key) && !alone) section.refuse(key, expected);
}

void read_delays(Section& section, RetryPolicy& retry) {
  if (!section.has("delays")) return;
  std::vector<int64_t> delays;
  for (const std::string& text : section.read_texts("delays")) {
    auto delay = parse_duration_ms(text);
    if (!delay || *delay > limits::kTaskDelayMs) {
      return section.error("delays", "\"" + text.substr(0, 40) + "\"", "durations such as 15m, at most 366d");
    }
    delays.push_back(*delay);
  }
  if (delays.empty()) return section.refuse("delays", "at least one duration");
  retry.delays_ms = std::move(delays);
}

// Rules may have words of their own, so one that only looks like the engine's may still be meant.
void warn_of_mistyped(Section& section, const std::vector<std::string>& outcomes) {
  static const std::vector<std::string> kKnown{"no_answer", "busy",    "failed",    "voicemail",
                                               "canceled",  "no_word", "not_placed"};
  for (const std::string& outcome : outcomes) {
    const std::string meant = nearest(outcome, kKnown);
    if (!meant.empty() && meant != outcome) section.warn("on", "\"" + outcome.substr(0, 40) + "\"", meant);
  }
}

void read_retry_section(Section section, RetryPolicy& retry) {
  section.read_count("attempts", 1, limits::kTaskAttempts, retry.attempts);
  read_delays(section, retry);
  section.read_number("jitter", 0, 1, retry.jitter);
  if (section.has("on")) retry.on = section.read_texts("on");
  warn_of_mistyped(section, retry.on);
  section.finish();
}

void read_allowed(Section& section, std::set<NumberKind>& allow) {
  for (const std::string& text : section.read_texts("allow")) {
    auto kind = parse_number_kind(text);
    bool special = kind && *kind != NumberKind::ordinary && *kind != NumberKind::invalid;
    if (special) allow.insert(*kind);
    if (!special)
      section.error("allow", "\"" + text.substr(0, 40) + "\"", "premium, shared_cost, satellite, emergency");
  }
}

}  // namespace

void read_window(Section section, Window& window) {
  std::string days = "mon-fri", from = "09:00", to = "18:00";
  section.read("days", days);
  section.read("from", from);
  section.read("to", to);
  auto parsed = parse_window(days, from, to);
  check_part(section, "days", parse_window(days, "09:00", "18:00"), "days such as mon-fri or mon,wed,fri");
  check_part(section, "from", parse_window("mon", from, "24:00"), "a time of day such as \"09:00\"");
  check_part(section, "to", parse_window("mon", "00:00", to), "a time of day such as \"18:00\"");
  if (parsed && parsed->from_min >= parsed->to_min) section.refuse("to", "a time of day after `from`");
  if (parsed) window = *parsed;
  section.finish();
}

void read_holidays(Section& section, Holidays& holidays) {
  for (const std::string& date : section.read_texts("holidays")) {
    if (!is_holiday_date(date)) {
      section.error("holidays", "\"" + date.substr(0, 40) + "\"", "dates such as 2026-12-25, or 12-25 for every year");
    }
    holidays.insert(date);
  }
}

void read_calling(Section section, CallingConfig& calling) {
  CallingPolicy& policy = calling.policy;
  if (section.has("window")) read_window(section.section("window"), policy.window);
  read_holidays(section, policy.holidays);
  section.read_count("max_attempts", 1, limits::kTaskAttempts, policy.retry.attempts);
  read_retry_section(section.section("retry"), policy.retry);
  section.read_count("per_person", 0, 1'000, policy.per_person);
  if (auto word = section.read_word("consent", {"unless_refused", "required"})) policy.consent_required = *word == 1;
  read_allowed(section, policy.allow);
  section.read_duration("deadline", 60'000, policy.deadline_ms);
  section.read_count("concurrency", 1, 10'000, calling.concurrency);
  section.read_number("per_second", 0.001, 1'000, calling.per_second);
  section.finish();
}

}  // namespace hookswitch
