#include "engine/workbench/rebuild.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>

#include "engine/base/bytes.h"
#include "engine/base/time_text.h"
#include "engine/fsck/fsck.h"
#include "engine/fsck/state_rows.h"
#include "engine/processor/recordings.h"
#include "engine/state/changes.h"
#include "engine/state/dead.h"
#include "engine/state/position.h"
#include "engine/workbench/copy_rows.h"
#include "engine/workbench/feed_restart.h"
#include "engine/workbench/rebuilt_outbox.h"
#include "engine/workbench/restore_hold.h"
#include "engine/workbench/state_swap.h"
#include "engine/workbench/table_walk.h"

namespace hookswitch {
namespace {

constexpr size_t kRecordsPerRead = 2'048;
constexpr const char* kPartial =
    "--partial makes what is left. Of what the log does not tell it keeps tokens, contacts, agents, recordings, the "
    "do-not-call list, tasks that are open or had an attempt, campaigns that have not ended, paused, and up to "
    "when each source was synced, at most to the log's end; calls with their transcripts, key figures, activity, dead "
    "letters, the outbox, the audit, reports of syncs and erasures, and what rules remembered or set timers for are "
    "lost";

StoreOptions store_options(const std::string& dir, const Rebuild::Parts& parts) {
  StoreOptions options{.dir = dir, .keys = parts.keys};
  if (parts.map_bytes_max != 0) options.map_bytes_max = parts.map_bytes_max;
  return options;
}

bool is_empty(const Reader& state) {
  uint64_t rows = 0;
  for (size_t i = 0; i < static_cast<size_t>(Table::count_); ++i) {
    if (static_cast<Table>(i) != Table::meta) rows += state.count(static_cast<Table>(i));
  }
  return rows == 0 && read_position(state) == 0;
}

std::string such_as(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  return some.empty() ? others.front() : some.front();
}

}  // namespace

Result<RebuildSummary> Rebuild::run(const GoOn& go_on) {
  summary_ = {};
  if (auto settled = settle_state(parts_.data_dir); !settled) return std::unexpected(settled.error());
  if (auto fit = check_old(); !fit) return std::unexpected(fit.error());
  if (auto fit = check_log(); !fit) return std::unexpected(fit.error());
  if (auto opened = open_new(); !opened) return std::unexpected(opened.error());
  if (auto read = read_log(go_on); !read) return std::unexpected(read.error());
  if (!summary_.stopped) {
    if (auto finished = finish(); !finished) return std::unexpected(finished.error());
  }
  return std::move(summary_);
}

// One that cannot be read may be whole: it is done without only where the log tells all that it knew, or by a person's
// word.
Status Rebuild::check_old() {
  const bool alone = parts_.partial && parts_.log.stats().first_seq > 1;  // knows what the log does not tell
  auto old = try_old();
  if (old && (*old || !alone || parts_.without_state)) return {};
  const std::string said = old ? "there is none" : "it cannot be read: " + old.error().message;
  const bool damaged = !old && old.error().code == Code::corrupt;
  if (!parts_.without_state && (alone || !damaged))
    return fail(old ? Code::not_found : old.error().code,
                "rebuild the state: {} the present state, and {}; make that good, or put a backup back with "
                "`hookswitch restore`. --without-state makes what the log tells, and what else it knew is lost, the "
                "do-not-call list of a trimmed log too",
                alone ? "what a trimmed log does not tell is to be kept from" : "what may have been sent is known by",
                said);
  unread_ = true;
  summary_.warnings.push_back("the present state is done without, nothing is carried over from it: " + said);
  return {};
}

Status Rebuild::check_log() {
  if (parts_.partial) return {};
  if (auto whole = check_not_trimmed(); !whole) return whole;
  auto old = open_old();
  if (!old) return std::unexpected(old.error());
  if (!*old) return {};
  auto reader = (*old)->read();
  if (!reader) return std::unexpected(reader.error());
  auto reached = check_log_reaches(read_position(**reader), parts_.log.last_seq());
  if (!reached) return fail(Code::conflict, "rebuild the state: {}. {}", reached.error().message, kPartial);
  if (!is_partial(**reader)) return {};
  return fail(Code::conflict,
              "rebuild the state: an earlier --partial kept in it what the log does not tell, and it would be lost. {}",
              kPartial);
}

Status Rebuild::check_not_trimmed() const {
  const uint64_t first = parts_.log.stats().first_seq;
  if (first <= 1) return {};
  auto since_ms = first_time_ms();
  if (!since_ms) return std::unexpected(since_ms.error());
  return fail(Code::conflict, "rebuild the state: the log is trimmed and begins with record {}{}. {}", first,
              *since_ms ? " of " + rfc3339(**since_ms) : "", kPartial);
}

/// Of the first record that the log still has.
Result<std::optional<int64_t>> Rebuild::first_time_ms() const {
  std::optional<int64_t> since_ms;
  auto read = parts_.log.read(parts_.log.stats().first_seq, 1, [&](const RecordView& record) {
    since_ms = record.time_ms;
    return false;
  });
  if (!read) return std::unexpected(read.error());
  return since_ms;
}

Status Rebuild::open_new() {
  const std::string plan = "held at each restore\nwords of rules apart\nrules " + parts_.rules.hash() + "\n" +
                           (parts_.partial ? "partial\n" : "") + parts_.made_by;
  if (read_plan(parts_.data_dir) != plan) {
    if (auto begun = begin_plan(parts_.data_dir, plan); !begun) return begun;
  }
  if (auto opened = open_store(); !opened) return opened;
  if (!log_goes_on_from(summary_.resumed_from)) {
    store_.reset();
    if (auto begun = begin_plan(parts_.data_dir, plan); !begun) return begun;
    if (auto opened = open_store(); !opened) return opened;
  }
  return take_over();
}

Status Rebuild::open_store() {
  auto store = Store::open(store_options(rebuild_dir(parts_.data_dir), parts_), parts_.clock);
  if (!store) return std::unexpected(store.error());
  store_ = std::move(*store);
  auto reader = store_->read();
  if (!reader) return std::unexpected(reader.error());
  summary_.resumed_from = read_position(**reader);
  return {};
}

/// Not after it was trimmed, or lost its end, beyond where an interrupted rebuild had come.
bool Rebuild::log_goes_on_from(uint64_t seq) const {
  return seq == 0 || (parts_.log.stats().first_seq <= seq + 1 && seq <= parts_.log.last_seq());
}

// That backups were put back is in no record, nor is what was trimmed.
Status Rebuild::take_over() {
  auto old = open_old();
  if (!old) return std::unexpected(old.error());
  if (!*old) return {};
  auto reader = (*old)->read();
  if (!reader) return std::unexpected(reader.error());
  restores_ = read_restores(**reader);
  old_position_ = read_position(**reader);
  tail_lost_ = *old_position_ > parts_.log.last_seq();
  return parts_.partial && summary_.resumed_from == 0 ? take_over_people(**reader) : Status{};
}

/// Null when there is no present state, or only one that a start has made.
Result<std::unique_ptr<Store>> Rebuild::try_old() const {
  const std::string dir = state_dir(parts_.data_dir);
  std::error_code error;
  const bool there = std::filesystem::exists(dir + "/data.mdb", error);
  if (error) return fail(Code::io, "look for {}/data.mdb: {}", dir, error.message());
  if (!there) return nullptr;
  // LMDB trusts its pages: what is damaged may end the process that reads it.
  if (auto sound = check_store(dir); !sound) return std::unexpected(sound.error());
  StoreOptions options = store_options(dir, parts_);
  options.older = true;
  auto store = Store::open(std::move(options), parts_.clock);
  if (!store) return store;
  auto reader = (*store)->read();
  if (!reader) return std::unexpected(reader.error());
  const bool empty = is_empty(**reader);
  reader->reset();
  return empty ? nullptr : std::move(store);
}

/// Null also where it is done without.
Result<std::unique_ptr<Store>> Rebuild::open_old() const {
  return unread_ ? nullptr : try_old();
}

Status Rebuild::take_over_people(const Reader& old) {
  auto since_ms = first_time_ms();
  if (!since_ms) return std::unexpected(since_ms.error());
  if (auto carried = carry_people(old, *store_, since_ms->value_or(INT64_MAX)); !carried) return carried;
  return store_->write([this](Writer& writer) {
    set_recording_timer(writer, parts_.clock.now_ms(), parts_.directory);
    return writer.status();
  });
}

Status Rebuild::read_log(const GoOn& go_on) {
  Metrics unread;
  ProcessMetrics metrics(unread);
  Stage::Parts parts{.log = parts_.log,
                     .decoder = parts_.decoder,
                     .directory = parts_.directory,
                     .store = *store_,
                     .metrics = metrics,
                     .remember_ms = parts_.remember_ms};
  Stage stage(parts, Stage::Timers::from_log);
  const uint64_t end = parts_.log.last_seq() + 1;
  for (const RestoredAt& at : restores_) {
    if (stage.position() > at.last_seq) continue;
    if (auto read = read_until(stage, std::min(end, at.last_seq + 1), go_on); !read) return read;
    if (auto held = hold_again(stage, at); !held) return held;
  }
  if (old_position_ && stage.position() <= *old_position_) {
    if (auto read = read_until(stage, std::min(end, *old_position_ + 1), go_on); !read) return read;
    if (auto kept = keep_known(stage); !kept) return kept;
  }
  if (auto read = read_until(stage, end, go_on); !read) return read;
  return stage.commit();
}

// What was held when a backup was put back is held again, at the record where that was.
Status Rebuild::hold_again(Stage& stage, const RestoredAt& at) {
  if (summary_.stopped) return {};
  if (auto committed = stage.commit(); !committed) return committed;
  {
    auto reader = store_->read();
    if (!reader) return std::unexpected(reader.error());
    const auto held = read_restores(**reader);
    if (std::ranges::find(held, at) != held.end()) return {};  // before a rebuild was interrupted
  }
  auto held = hold_after_restore(*store_, at);
  return held ? Status{} : std::unexpected(held.error());
}

// At the record that the present state has come to: of what the log tells after it that state knows nothing.
Status Rebuild::keep_known(Stage& stage) {
  if (summary_.stopped) return {};
  if (auto committed = stage.commit(); !committed) return committed;
  auto old = open_old();
  if (!old) return std::unexpected(old.error());
  if (!*old) return {};
  auto reader = (*old)->read();
  if (!reader) return std::unexpected(reader.error());
  return keep_open(**reader);
}

Status Rebuild::read_until(Stage& stage, uint64_t end, const GoOn& go_on) {
  const uint64_t first = parts_.log.stats().first_seq;
  const uint64_t all = parts_.log.last_seq() + 1;
  for (uint64_t next = stage.position() + 1; next < end && !summary_.stopped;) {
    uint64_t before = next;
    if (auto read = read_some(stage, next, end); !read) return read;
    if (next == before) break;
    summary_.stopped = go_on && !go_on(next - std::min(first, next), all - std::min(first, all));
  }
  return {};
}

Status Rebuild::read_some(Stage& stage, uint64_t& next, uint64_t end) {
  Status done;
  auto visit = [&](const RecordView& record) {
    if (record.seq >= end) return false;
    if (done = check_body(record); !done) return false;
    done = stage.handle(record, parts_.rules);
    next = record.seq + 1;
    ++summary_.records;
    return done.has_value();
  };
  auto corrupt = [&](uint64_t seq, const Error& error) {
    if (seq >= end) return;
    if (done) done = stage.pass_over(seq, error);
    next = seq + 1;
    ++summary_.corrupt;
  };
  auto read = parts_.log.read(next, kRecordsPerRead, visit, corrupt);
  if (!read) return std::unexpected(read.error());
  return done;
}

// One that is gone or damaged was a dead letter before; one that is only kept from us would become one.
Status Rebuild::check_body(const RecordView& record) const {
  if (parts_.blobs == nullptr || record.blob.empty() || record.kind == RecordKind::result) return {};
  auto body = parts_.blobs->open_reader(std::string(record.blob));
  if (body || body.error().code == Code::not_found || body.error().code == Code::corrupt) return {};
  return wrap(body.error(), fmt::format("rebuild the state: the body of record {} cannot be opened", record.seq));
}

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
