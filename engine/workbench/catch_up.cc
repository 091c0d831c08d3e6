#include "engine/workbench/catch_up.h"

#include "engine/state/changes.h"
#include "engine/workbench/feed_restart.h"
#include "engine/workbench/restore_hold.h"

namespace hookswitch {
namespace {

constexpr size_t kRecordsPerCatchUp = 2'048;

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
    auto read = parts_.log.read(next, kRecordsPerCatchUp, visit, corrupt);
    if (!read) return std::unexpected(read.error());
    if (next == before) break;
    if (go_on && !go_on(next - begin, end - begin)) return fail(Code::unavailable, "process the log: stopped");
  }
  return done ? stage.commit() : done;
}

Status CatchUp::hold_back() {
  auto held = hold_after_restore(parts_.store, {parts_.clock.now_ms(), parts_.log.last_seq()}, parts_.replaced);
  if (!held) return std::unexpected(held.error());
  summary_.held_actions = held->actions;
  summary_.held_tasks = held->tasks;
  summary_.later_tasks = held->tasks_later;
  summary_.held_campaigns = held->campaigns;
  summary_.held_timers = held->timers;
  summary_.waiting = std::move(held->waiting);
  return {};
}

}  // namespace hookswitch
