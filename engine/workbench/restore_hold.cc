#include "engine/workbench/restore_hold.h"

#include "engine/base/limits.h"
#include "engine/processor/campaigns.h"
#include "engine/processor/restored.h"
#include "engine/processor/tasks.h"
#include "engine/state/actions.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"
#include "engine/workbench/open_rows.h"

namespace hookswitch {
namespace {

constexpr size_t kLinesKept = 100;

/// What only tells a sink may be told twice.
bool may_go_on(const Action& action) { return action.status != ActionStatus::waiting || action.type == "emit"; }

std::vector<std::string> actions_that_wait(const Reader& reader) {
  std::vector<std::string> out;
  reader.scan_prefix(Table::actions, "a", [&](std::string_view key, std::string_view) {
    auto action = find_action(reader, key.substr(1));
    if (action && !may_go_on(*action)) out.push_back(action->id);
    return true;
  });
  return out;
}

bool was_attempted_since(const Task& task, const Reader* replaced) {
  auto there = replaced == nullptr ? std::nullopt : find_task(*replaced, task.id);
  return there && (is_final(there->status) || there->attempts > task.attempts);
}

/// Those that were due, those with an attempt under way, which may have ended and been made again since, and those that
/// were attempted or ended since.
bool is_in_doubt(const Task& task, int64_t now_ms, const Reader* replaced) {
  return task.status == TaskStatus::in_progress || task.next_ms < now_ms || was_attempted_since(task, replaced);
}

std::vector<Timer> rules_timers_due(const Reader& reader, int64_t now_ms) {
  auto timers = due_timers(reader, now_ms, SIZE_MAX);
  std::erase_if(timers, [](const Timer& timer) { return timer.key.starts_with(kEngineTimers); });
  return timers;
}

struct InDoubt {
  std::vector<std::string> actions, tasks, campaigns;
  std::vector<Timer> timers;
  uint64_t tasks_later = 0;
};

void sort_tasks(const Reader& reader, int64_t now_ms, const Reader* replaced, InDoubt& out) {
  for (std::string& id : open_tasks(reader)) {
    auto task = find_task(reader, id);
    if (!task) continue;
    if (is_in_doubt(*task, now_ms, replaced)) {
      out.tasks.push_back(std::move(id));
    } else if (replaced == nullptr) {
      ++out.tasks_later;
    }
  }
}

Result<InDoubt> find_in_doubt(const Store& store, int64_t now_ms, const Reader* replaced) {
  auto reader = store.read();
  if (!reader) return std::unexpected(reader.error());
  InDoubt found{actions_that_wait(**reader), {}, campaigns_that_run(**reader), rules_timers_due(**reader, now_ms)};
  sort_tasks(**reader, now_ms, replaced, found);
  if (auto read = (*reader)->status(); !read) return std::unexpected(read.error());
  if (auto read = replaced != nullptr ? replaced->status() : Status{}; !read) return std::unexpected(read.error());
  return found;
}

class Holder {
 public:
  Holder(Writer& writer, int64_t now_ms, std::vector<std::string>& lines)
      : writer_(writer), now_ms_(now_ms), lines_(lines) {}

  void hold_action(const std::string& id) {
    auto action = find_action(writer_, id);
    if (!action) return;
    action->status = ActionStatus::held;
    action->ended_ms = now_ms_;
    action->code = kRestoredCode;
    action->reason = kRestoredReason;
    put_action(writer_, *action);
    note("action " + id + ", " + action->type);
  }

  void hold_task(const std::string& id) {
    auto task = find_task(writer_, id);
    if (!task) return;
    RecordView now;
    now.time_ms = now_ms_;
    note("task " + id + ", " + task->kind);
    cancel_task(writer_, now, std::move(*task), kRestoredReason);
  }

  void hold_campaign(const std::string& id) {
    auto campaign = find_campaign(writer_, id);
    if (!campaign) return;
    note("campaign " + id + ", " + campaign->name);
    pause_campaign(writer_, std::move(*campaign), CampaignStatus::paused, kRestoredReason, now_ms_);
  }

  void hold_timer(Timer timer) {
    note("timer " + timer.key + ", " + timer.name);
    mark_restored(timer);
    set_timer(writer_, timer);
  }

 private:
  void note(std::string line) {
    if (lines_.size() < kLinesKept) lines_.push_back(std::move(line));
  }

  Writer& writer_;
  const int64_t now_ms_;
  std::vector<std::string>& lines_;
};

}  // namespace

std::vector<std::string> campaigns_that_run(const Reader& reader) {
  std::vector<std::string> out;
  std::string cursor;
  do {
    auto page = campaign_page(reader, "", cursor, limits::kPageRows);
    if (!page) break;
    for (const Json& row : page->rows) {
      if (json_text(row, "status") == name(CampaignStatus::running)) out.push_back(json_text(row, "id"));
    }
    cursor = page->next_cursor;
  } while (!cursor.empty());
  return out;
}

// Campaigns first: one that runs would make new tasks for those that are taken back.
Result<RestoreHold> hold_after_restore(Store& store, const RestoredAt& at, const Reader* replaced) {
  auto found = find_in_doubt(store, at.time_ms, replaced);
  if (!found) return std::unexpected(found.error());
  RestoreHold out{found->actions.size(), found->tasks.size(),  found->tasks_later, found->campaigns.size(),
                  found->timers.size(),  {}};
  auto written = store.write([&](Writer& writer) {
    out.waiting.clear();
    Holder holder(writer, at.time_ms, out.waiting);
    put_restored(writer, at);
    for (const std::string& id : found->campaigns) holder.hold_campaign(id);
    for (const Timer& timer : found->timers) holder.hold_timer(timer);
    for (const std::string& id : found->actions) holder.hold_action(id);
    for (const std::string& id : found->tasks) holder.hold_task(id);
    return writer.status();
  });
  if (!written) return std::unexpected(written.error());
  return out;
}

}  // namespace hookswitch
