// The end of a rebuild: what no log tells is taken over from the old state, what nobody should do twice is held back,
// and the new state takes the old one's place.
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/state/changes.h"
#include "engine/state/dead.h"
#include "engine/workbench/copy_rows.h"
#include "engine/workbench/feed_restart.h"
#include "engine/workbench/rebuild.h"
#include "engine/workbench/rebuilt_outbox.h"
#include "engine/workbench/state_swap.h"
#include "engine/workbench/table_walk.h"

namespace hookswitch {
namespace {

std::string such_as(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  return some.empty() ? others.front() : some.front();
}

}  // namespace

Status Rebuild::finish() {
  auto old = open_old();
  if (!old) return std::unexpected(old.error());
  if (*old) {
    auto reader = (*old)->read();
    if (!reader) return std::unexpected(reader.error());
    if (auto held = hold_back_new(reader->get()); !held) return held;
    if (auto carried = carry_deeds(**reader); !carried) return carried;
    if (auto marked = keep_partial(**reader); !marked) return marked;
    if (auto feed = go_on_with_feed(reader->get()); !feed) return feed;
  } else {
    if (auto held = hold_back_new(nullptr); !held) return held;
    if (auto feed = go_on_with_feed(nullptr); !feed) return feed;
  }
  auto reader = store_->read();
  if (!reader) return std::unexpected(reader.error());
  summary_.calls = (*reader)->count(Table::calls);
  summary_.dead = count_dead(**reader);
  reader->reset();
  if (auto synced = store_->durable_sync(); !synced) return synced;
  store_.reset();
  return put_in_place();
}

Status Rebuild::put_in_place() {
  if (unread_ && !parts_.set_aside.empty()) {
    auto moved = set_aside_state(parts_.data_dir, parts_.set_aside);
    if (!moved) return moved;
    summary_.warnings.push_back(
        fmt::format("the state that was there is in {}; remove it when nobody needs it", parts_.set_aside));
  }
  return swap_state(parts_.data_dir);
}

Status Rebuild::hold_back_new(const Reader* old) {
  auto held = hold_back(*store_, old, parts_.clock.now_ms());
  if (!held) return std::unexpected(held.error());
  if (held->actions > 0)
    summary_.warnings.push_back(fmt::format("{} actions that nobody had asked for are held", held->actions));
  if (held->tasks > 0)
    summary_.warnings.push_back(fmt::format("{} tasks that nobody had asked for are canceled", held->tasks));
  if (held->campaigns > 0)
    summary_.warnings.push_back(
        fmt::format("{} campaigns that did not run, or had come further, are paused", held->campaigns));
  return {};
}

Status Rebuild::keep_open(const Reader& old) {
  Result<OpenBefore> before = [&]() -> Result<OpenBefore> {
    auto reader = store_->read();
    if (!reader) return std::unexpected(reader.error());
    return compare_open(**reader, old, tail_lost_);
  }();
  if (!before) return std::unexpected(before.error());
  if (parts_.partial) {
    if (auto kept = keep_people(old, *store_); !kept) return kept;
    if (auto carried = carry_suppressed(old, *store_); !carried) return carried;
    if (auto carried = keep_marks(old); !carried) return carried;
    auto carried = carry_open(old, *store_, *before, parts_.clock.now_ms());
    if (!carried) return std::unexpected(carried.error());
    warn_of_carried(*carried);
    before->tasks_missing.clear();
    if (!tail_lost_) before->tasks_ended.clear();
    before->campaigns_missing.clear();
  }
  warn_of_lost(*before);
  return keep_attempts(old);
}

Status Rebuild::keep_attempts(const Reader& old) {
  auto kept = keep_attempted(old, *store_, parts_.clock.now_ms());
  if (!kept) return std::unexpected(kept.error());
  if (kept->ended > 0)
    summary_.warnings.push_back(
        fmt::format("{} tasks that had ended are kept as they were: their attempts are not in the new state",
                    kept->ended));
  if (kept->canceled > 0)
    summary_.warnings.push_back(
        fmt::format("{} tasks are canceled: they had attempts that the new state does not know", kept->canceled));
  if (kept->campaigns > 0)
    summary_.warnings.push_back(
        fmt::format("{} campaigns of such tasks are paused: a person resumes them", kept->campaigns));
  return {};
}

// Behind the log's end what a sync had fetched is lost, and is to be fetched again.
Status Rebuild::keep_marks(const Reader& old) {
  if (!tail_lost_) return carry_marks(old, *store_);
  std::optional<int64_t> end_ms;
  auto read = parts_.log.read_backwards(0, 1, [&](const RecordView& record) {
    end_ms = record.time_ms;
    return false;
  });
  if (!read) return std::unexpected(read.error());
  return end_ms ? carry_marks_until(old, *store_, *end_ms) : Status{};
}

// A log that was trimmed is known by its first record; that one lost its end nobody sees any more when it has grown.
Status Rebuild::keep_partial(const Reader& old) {
  if (!tail_lost_ && !is_partial(old)) return {};
  return store_->write([](Writer& writer) {
    mark_partial(writer);
    return writer.status();
  });
}

void Rebuild::warn_of_carried(const CarriedOpen& carried) {
  if (carried.canceled > 0)
    summary_.warnings.push_back(
        fmt::format("{} tasks are canceled: whether somebody was reached is not known any more", carried.canceled));
  if (carried.paused > 0)
    summary_.warnings.push_back(fmt::format("{} campaigns that ran are paused: a person resumes them", carried.paused));
}

void Rebuild::warn_of_lost(const OpenBefore& before) {
  const uint64_t tasks = before.tasks_missing.size() + before.tasks_ended.size();
  const uint64_t campaigns = before.campaigns_missing.size() + before.campaigns_ended.size();
  if (tasks > 0)
    summary_.warnings.push_back(
        fmt::format("{} tasks that were open are gone or have ended in the new state, such as {}", tasks,
                    such_as(before.tasks_missing, before.tasks_ended)));
  if (campaigns > 0)
    summary_.warnings.push_back(
        fmt::format("{} campaigns that had not ended are gone or have ended in the new state, such as {}", campaigns,
                    such_as(before.campaigns_missing, before.campaigns_ended)));
  if (before.actions_missing > 0)
    summary_.warnings.push_back(
        fmt::format("{} actions that waited or were held are not in the new state", before.actions_missing));
  if (before.erasures_missing > 0)
    summary_.warnings.push_back(
        fmt::format("{} erasures had not ended and are forgotten: ask for them again", before.erasures_missing));
  if (before.erasures_undone > 0)
    summary_.warnings.push_back(
        fmt::format("{} erasures that were finished are undone: ask for them again", before.erasures_undone));
}

// What this machine did, and when: no log tells it. What it did with records that are lost is nobody's: the next ones
// have the same sequences.
Status Rebuild::carry_deeds(const Reader& old) {
  if (tail_lost_) return carry_versions_until(old, parts_.log.last_seq());
  for (size_t i = 0; i < static_cast<size_t>(Table::count_); ++i) {
    auto table = static_cast<Table>(i);
    if (follows_from_log(table)) continue;
    if (auto copied = copy_rows(old, *store_, table); !copied) return copied;
  }
  return {};
}

Status Rebuild::carry_versions_until(const Reader& old, uint64_t last_seq) {
  return store_->write([&](Writer& writer) {
    old.scan(Table::rule_versions, "", Direction::forward, [&](std::string_view key, std::string_view row) {
      const bool known = get_be64(key.data()) <= last_seq;
      if (known) writer.put(Table::rule_versions, key, row);
      return known;
    });
    auto read = old.status();
    return read ? writer.status() : read;
  });
}

// A client of the feed goes on after the id it saw last. Where the feed is as it was, it may; otherwise the feed begins
// anew beyond every id that was ever given, and the client is told to fetch everything again.
Status Rebuild::go_on_with_feed(const Reader* old) {
  auto reader = store_->read();
  if (!reader) return std::unexpected(reader.error());
  const uint64_t newest = last_change(**reader);
  uint64_t restart = newest + kFeedFarAhead;
  if (old != nullptr) {
    bool equal = true;
    auto walked = walk_differences({*old, **reader}, Table::changes, "", [&](const RowDifference&) { equal = false; });
    if (!walked) return walked;
    if (equal) return {};
    restart = std::max(newest, last_change(*old)) + 2;  // 2: one more than whoever saw the last id would go on from
  }
  reader->reset();
  summary_.feed_restarted = true;
  return restart_feed(*store_, restart);
}

}  // namespace hookswitch
