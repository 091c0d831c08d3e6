#include "engine/workbench/rebuild.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>

#include "engine/base/time_text.h"
#include "engine/fsck/fsck.h"
#include "engine/fsck/state_rows.h"
#include "engine/processor/recordings.h"
#include "engine/state/position.h"
#include "engine/workbench/copy_rows.h"
#include "engine/workbench/restore_hold.h"
#include "engine/workbench/state_swap.h"

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

}  // namespace hookswitch
