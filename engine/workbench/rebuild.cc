#include "engine/workbench/rebuild.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "engine/base/bytes.h"
#include "engine/base/time_text.h"
#include "engine/fsck/fsck.h"
#include "engine/processor/recordings.h"
#include "engine/state/changes.h"
#include "engine/state/dead.h"
#include "engine/state/position.h"
#include "engine/workbench/feed_restart.h"
#include "engine/workbench/rebuilt_outbox.h"
#include "engine/workbench/state_swap.h"
#include "engine/workbench/table_walk.h"

namespace hookswitch {
namespace {

constexpr size_t kRecordsPerRead = 2'048;
constexpr size_t kRowsPerWrite = 1'024;

// Of what the trimmed past told, what people would miss: and the files of recordings belong to their rows.
constexpr std::array kCarried{Table::tokens, Table::contacts, Table::agents, Table::recordings};

StoreOptions store_options(const std::string& dir, const Rebuild::Parts& parts) {
  StoreOptions options{.dir = dir, .keys = parts.keys};
  if (parts.map_bytes_max != 0) options.map_bytes_max = parts.map_bytes_max;
  return options;
}

Status copy_table(const Reader& from, Store& to, Table table) {
  std::vector<std::pair<std::string, std::string>> rows;
  Status copied;
  auto write = [&] {
    copied = to.write([&](Writer& writer) {
      for (const auto& [key, value] : rows) writer.put(table, key, value);
      return writer.status();
    });
    rows.clear();
  };
  from.scan(table, "", Direction::forward, [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
    if (rows.size() == kRowsPerWrite) write();
    return copied.has_value();
  });
  if (copied) write();
  return copied ? from.status() : copied;
}

}  // namespace

Result<RebuildSummary> Rebuild::run(const GoOn& go_on) {
  summary_ = {};
  if (auto settled = settle_state(parts_.data_dir); !settled) return std::unexpected(settled.error());
  if (auto fit = check_log(); !fit) return std::unexpected(fit.error());
  if (auto opened = open_new(); !opened) return std::unexpected(opened.error());
  if (auto read = read_log(go_on); !read) return std::unexpected(read.error());
  if (!summary_.stopped) {
    if (auto finished = finish(); !finished) return std::unexpected(finished.error());
  }
  return std::move(summary_);
}

Status Rebuild::check_log() const {
  uint64_t first = parts_.log.stats().first_seq;
  if (first <= 1 || parts_.partial) return {};
  std::string since = "?";
  auto read = parts_.log.read(first, 1, [&](const RecordView& record) {
    since = rfc3339(record.time_ms);
    return false;
  });
  if (!read) return std::unexpected(read.error());
  return fail(
      Code::conflict,
      "rebuild the state: the log is trimmed and begins with record {} of {}, so calls, key figures and tokens "
      "from before would be lost; --partial makes what is left, and keeps tokens, contacts, agents and recordings",
      first, since);
}

Status Rebuild::open_new() {
  const std::string plan = "rules " + parts_.rules.hash() + "\n" + (parts_.partial ? "partial\n" : "") + parts_.made_by;
  bool anew = read_plan(parts_.data_dir) != plan;
  if (anew) {
    if (auto begun = begin_plan(parts_.data_dir, plan); !begun) return begun;
  }
  auto store = Store::open(store_options(rebuild_dir(parts_.data_dir), parts_), parts_.clock);
  if (!store) return std::unexpected(store.error());
  store_ = std::move(*store);
  auto reader = store_->read();
  if (!reader) return std::unexpected(reader.error());
  summary_.resumed_from = read_position(**reader);
  reader->reset();
  if (summary_.resumed_from > 0) return {};
  if (auto carried = carry_restored(); !carried) return carried;
  return parts_.partial ? carry_people() : Status{};
}

// That a backup was once put back is in no record, and what was held because of it is held again.
Status Rebuild::carry_restored() {
  auto old = open_old();
  if (!old) return {};
  auto reader = old->read();
  if (!reader) return std::unexpected(reader.error());
  auto restored = read_restored(**reader);
  if (!restored) return {};
  return store_->write([&](Writer& writer) {
    put_restored(writer, *restored);
    return writer.status();
  });
}

/// Null when there is no present state, or none that can be read.
std::unique_ptr<Store> Rebuild::open_old() {
  const std::string dir = state_dir(parts_.data_dir);
  if (!std::filesystem::exists(dir)) return nullptr;
  // LMDB trusts its pages: what is damaged may end the process that reads it.
  const Status sound = check_store(dir);
  auto store = sound ? Store::open(store_options(dir, parts_), parts_.clock)
                     : Result<std::unique_ptr<Store>>(std::unexpected(sound.error()));
  if (store) return std::move(*store);
  std::string said = "the present state cannot be read, nothing is carried over from it: " + store.error().message;
  if (std::ranges::find(summary_.warnings, said) == summary_.warnings.end())
    summary_.warnings.push_back(std::move(said));
  return nullptr;
}

Status Rebuild::carry_people() {
  auto old = open_old();
  if (!old) return {};
  auto reader = old->read();
  if (!reader) return std::unexpected(reader.error());
  for (Table table : kCarried) {
    if (auto copied = copy_table(**reader, *store_, table); !copied) return copied;
  }
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
  const uint64_t first = parts_.log.stats().first_seq;
  const uint64_t end = parts_.log.last_seq() + 1;
  for (uint64_t next = stage.position() + 1; next < end && !summary_.stopped;) {
    uint64_t before = next;
    if (auto read = read_some(stage, next, end); !read) return read;
    if (next == before) break;
    summary_.stopped = go_on && !go_on(next - std::min(first, next), end - std::min(first, end));
  }
  return stage.commit();
}

Status Rebuild::read_some(Stage& stage, uint64_t& next, uint64_t end) {
  Status done;
  auto visit = [&](const RecordView& record) {
    if (record.seq >= end) return false;
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
  return done;
}

Status Rebuild::finish() {
  if (auto old = open_old()) {
    auto reader = old->read();
    if (!reader) return std::unexpected(reader.error());
    if (auto held = hold_back_new(reader->get()); !held) return held;
    if (auto carried = carry_deeds(**reader); !carried) return carried;
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
  return swap_state(parts_.data_dir);
}

Status Rebuild::hold_back_new(const Reader* old) {
  auto held = hold_back(*store_, old, parts_.clock.now_ms());
  if (!held) return std::unexpected(held.error());
  if (held->actions > 0)
    summary_.warnings.push_back(fmt::format("{} actions that nobody had asked for are held", held->actions));
  if (held->tasks > 0)
    summary_.warnings.push_back(fmt::format("{} tasks that nobody had asked for are canceled", held->tasks));
  return {};
}

// What this machine did, and when: no log tells it.
Status Rebuild::carry_deeds(const Reader& old) {
  for (size_t i = 0; i < static_cast<size_t>(Table::count_); ++i) {
    auto table = static_cast<Table>(i);
    if (follows_from_log(table)) continue;
    if (auto copied = copy_table(old, *store_, table); !copied) return copied;
  }
  return {};
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
