#include "engine/workbench/catch_up.h"

#include "engine/base/limits.h"
#include "engine/processor/campaigns.h"
#include "engine/processor/restored.h"
#include "engine/processor/tasks.h"
#include "engine/state/actions.h"
#include "engine/state/changes.h"
#include "engine/state/position.h"
#include "engine/state/tasks.h"
#include "engine/workbench/feed_restart.h"

namespace hookswitch {
namespace {

constexpr size_t kRecordsPerRead = 2'048;
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

void add_tasks(const Reader& reader, TaskStatus status, int64_t before_ms, std::vector<std::string>& out) {
  std::string cursor;
  do {
    auto page = task_page(reader, {.status = name(status)}, cursor, limits::kPageRows);
    if (!page) return;
    for (const Json& row : page->rows) {
      auto task = find_task(reader, json_text(row, "id"));
      if (task && task->next_ms < before_ms) out.push_back(task->id);
    }
    cursor = page->next_cursor;
  } while (!cursor.empty());
}

/// Those that were due, and those with an attempt under way, which may have ended and been made again since.
std::vector<std::string> tasks_in_doubt(const Reader& reader, int64_t now_ms) {
  std::vector<std::string> out;
  add_tasks(reader, TaskStatus::scheduled, now_ms, out);
  add_tasks(reader, TaskStatus::in_progress, INT64_MAX, out);
  return out;
}

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

std::vector<Timer> rules_timers_due(const Reader& reader, int64_t now_ms) {
  auto timers = due_timers(reader, now_ms, SIZE_MAX);
  std::erase_if(timers, [](const Timer& timer) { return timer.key.starts_with(kEngineTimers); });
  return timers;
}

}  // namespace

Result<CatchUpSummary> CatchUp::run(const GoOn& go_on) {
  summary_ = {};
  if (auto read = read_log(go_on); !read) return std::unexpected(read.error());
  if (!parts_.nothing_since) {
    if (auto held = hold_back(); !held) return std::unexpected(held.error());
  }
  uint64_t newest = 0;
  {
    auto reader = parts_.store.read();
    if (!reader) return std::unexpected(reader.error());
    newest = last_change(**reader);
  }
  if (auto feed = restart_feed(parts_.store, newest + kFeedFarAhead); !feed) return std::unexpected(feed.error());
  if (auto synced = parts_.store.durable_sync(); !synced) return std::unexpected(synced.error());
  return std::move(summary_);
}

Status CatchUp::read_log(const GoOn& go_on) {
  Metrics unread;
  ProcessMetrics metrics(unread);
  Stage stage({.log = parts_.log,
               .decoder = parts_.decoder,
               .directory = parts_.directory,
               .store = parts_.store,
               .metrics = metrics,
               .remember_ms = parts_.remember_ms},
              Stage::Timers::from_log);
  const uint64_t begin = stage.position() + 1, end = parts_.log.last_seq() + 1;
  Status done;
  for (uint64_t next = begin; done && next < end;) {
    const uint64_t before = next;
    auto visit = [&](const RecordView& record) {
      done = stage.handle(record, parts_.rules);
      next = record.seq + 1;
      ++summary_.records;
      return done.has_value();
    };
    auto corrupt = [&](uint64_t seq, const Error& error) {
      if (done) done = stage.pass_over(seq, error);
      next = seq + 1;
      ++summary_.corrupt;
    };
    auto read = parts_.log.read(next, kRecordsPerRead, visit, corrupt);
    if (!read) return std::unexpected(read.error());
    if (next == before) break;
    if (go_on && !go_on(next - begin, end - begin)) return fail(Code::unavailable, "process the log: stopped");
  }
  return done ? stage.commit() : done;
}

// Campaigns first: one that runs would make new tasks for those that are taken back.
Status CatchUp::hold_back() {
  std::vector<std::string> actions, tasks, campaigns;
  std::vector<Timer> timers;
  {
    auto reader = parts_.store.read();
    if (!reader) return std::unexpected(reader.error());
    campaigns = campaigns_that_run(**reader);
    actions = actions_that_wait(**reader);
    tasks = tasks_in_doubt(**reader, parts_.clock.now_ms());
    timers = rules_timers_due(**reader, parts_.clock.now_ms());
    if (auto read = (*reader)->status(); !read) return read;
  }
  summary_.held_actions = actions.size();
  summary_.held_tasks = tasks.size();
  summary_.held_campaigns = campaigns.size();
  summary_.held_timers = timers.size();
  return parts_.store.write([&](Writer& writer) {
    summary_.waiting.clear();
    put_restored(writer, {parts_.clock.now_ms(), parts_.log.last_seq()});
    for (const std::string& id : campaigns) hold_campaign(writer, id);
    for (const Timer& timer : timers) hold_timer(writer, timer);
    for (const std::string& id : actions) hold_action(writer, id);
    for (const std::string& id : tasks) hold_task(writer, id);
    return writer.status();
  });
}

void CatchUp::hold_action(Writer& writer, const std::string& id) {
  auto action = find_action(writer, id);
  if (!action) return;
  action->status = ActionStatus::held;
  action->ended_ms = parts_.clock.now_ms();
  action->code = kRestoredCode;
  action->reason = kRestoredReason;
  put_action(writer, *action);
  note("action " + id + ", " + action->type);
}

void CatchUp::hold_campaign(Writer& writer, const std::string& id) {
  auto campaign = find_campaign(writer, id);
  if (!campaign) return;
  note("campaign " + id + ", " + campaign->name);
  pause_campaign(writer, std::move(*campaign), CampaignStatus::paused, kRestoredReason, parts_.clock.now_ms());
}

void CatchUp::hold_timer(Writer& writer, Timer timer) {
  note("timer " + timer.key + ", " + timer.name);
  mark_restored(timer);
  set_timer(writer, timer);
}

void CatchUp::note(std::string line) {
  if (summary_.waiting.size() < kLinesKept) summary_.waiting.push_back(std::move(line));
}

void CatchUp::hold_task(Writer& writer, const std::string& id) {
  auto task = find_task(writer, id);
  if (!task) return;
  RecordView now;
  now.time_ms = parts_.clock.now_ms();
  note("task " + id + ", " + task->kind);
  cancel_task(writer, now, std::move(*task), kRestoredReason);
}

}  // namespace hookswitch
