#include "engine/processor/preview.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/time_text.h"
#include "engine/processor/dialling.h"
#include "engine/processor/task_steps.h"

namespace hookswitch {
namespace {

constexpr size_t kShown = 10;

std::string local_text(int64_t ms, const std::string& zone) {
  auto at = local_time(ms, zone);
  if (!at) return "";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", at->year, at->month, at->day, at->hour, at->min, at->sec);
}

Json shown(int attempt, int64_t at_ms, const std::string& zone, const std::string& moved_by) {
  Json out{{"attempt", attempt}, {"at", rfc3339(at_ms)}, {"local", local_text(at_ms, zone)}};
  if (!moved_by.empty()) out["moved_by"] = moved_by;
  return out;
}

}  // namespace

Json preview_task(const Reader& reader, const Task& task, int64_t now_ms, const Directory& directory) {
  auto number = number_of_task(reader, task);
  Action action = action_of_task(task, number.value_or(""), "");
  CalleeClock clock = callee_clock(reader, action, directory);
  const std::string& zone = clock.zones.front();
  Json out{{"task_id", task.id}, {"timezone", zone}, {"attempts", Json::array()}};
  if (auto zones = all_zones(clock); zones.size() > 1) out["timezones"] = zones;
  if (task.status != TaskStatus::scheduled) return out;
  RetryPolicy retry = read_retry(task.retry, {}).value_or(RetryPolicy{});
  int made = task.attempts;
  std::vector<int64_t> shown_ms;
  std::optional<int64_t> at_ms = std::max(task.next_ms, now_ms);
  while (at_ms && out["attempts"].size() < kShown) {
    DialVerdict verdict = may_dial(reader, action, *at_ms, directory, shown_ms);
    if (verdict.kind == DialVerdict::Kind::refuse) {
      out["refused"] = {{"code", verdict.code}, {"reason", verdict.reason}};
      break;
    }
    if (verdict.kind == DialVerdict::Kind::later) at_ms = verdict.not_before_ms;
    shown_ms.push_back(*at_ms);
    out["attempts"].push_back(shown(++made, *at_ms, zone, verdict.code));
    at_ms = next_attempt_ms(retry, task.id, made, *at_ms);
  }
  return out;
}

}  // namespace hookswitch
