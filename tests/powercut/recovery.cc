#include "tests/powercut/recovery.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/hash.h"
#include "engine/cli/engine.h"
#include "engine/lmdb/txn.h"
#include "engine/log/format.h"
#include "engine/state/actions.h"
#include "engine/state/erasures.h"
#include "engine/state/position.h"
#include "engine/workbench/state_swap.h"

namespace hookswitch::powercut {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw Broken{result.error().message};
  return std::move(*result);
}

void must(const Status& status) {
  if (!status) throw Broken{status.error().message};
}

template <class... Args>
void expect(bool holds, fmt::format_string<Args...> otherwise, Args&&... args) {
  if (!holds) throw Broken{fmt::format(otherwise, std::forward<Args>(args)...)};
}

// Of a command to forget somebody the word that there was one stays.
bool is_erased(const RecordView& record) {
  return record.erased ||
         (record.header(":name") == "erasure.start" && record.body.find(R"("erased":true)") != record.body.npos);
}

uint64_t hash_of(const RecordView& record) {
  uint64_t hash = static_cast<uint64_t>(record.kind) ^ static_cast<uint64_t>(record.time_ms);
  for (std::string_view part : {record.source, record.header_block, record.body, record.blob})
    hash = hash64(part, hash + part.size());
  return hash;
}

}  // namespace

Recovery::Recovery(const Config& config, const std::string& scratch, Facts facts, Compared compared)
    : config_(config), facts_(std::move(facts)), compared_(compared), configured_(config_) {
  expect(configured_.warnings().empty(), "{}", fmt::join(configured_.warnings(), "; "));
  rules_ = must(load_rules(config_, config_.rules.dir));
  clean_ = must(Store::open({.dir = scratch, .scratch = true, .keys = config_.encryption}, clock_));
}

void Recovery::check(uint64_t events) {
  must(settle_state(config_.data_dir));
  const std::vector<uint64_t> ends = group_ends();
  LogOptions options = cli::log_options(config_);
  options.extend_bytes = options.keep_bytes = 0;
  options.keep_ms = 0;
  auto log = must(Log::open(options, clock_));
  check_log(*log, events);

  auto store = must(Store::open({.dir = config_.data_dir + "/state", .keys = config_.encryption}, clock_));
  Stage stage = stage_on(*store, *log);
  uint64_t position = stage.position();
  expect(position <= last_, "the state is at {}, the log ends at {}", position, last_);
  expect(position + 1 >= first_, "the state is at {}, the log begins at {}: effects are lost", position, first_);
  catch_up_clean(*log, ends);
  process(*log, stage, last_);
  reprocessed_ += last_ - position;
  auto reader = must(store->read());
  StateHash hash = hash_state(*reader, compared_);
  must(reader->status());
  auto clean = states_.find(last_);
  expect(clean != states_.end(), "the log ends at {}, where no group ended before", last_);
  expect(hash == clean->second, "at {}, from {} on, the tables {} are not as a clean run makes them", last_, position,
         differing(hash, clean->second));
  check_actions(*reader, events);
  check_forgotten(*log, *reader, events);
  reader.reset();
  must(store->durable_sync());
  check_appending(*log);
}

// Where each group of the image's log ends; none when there is no log yet.
std::vector<uint64_t> Recovery::group_ends() const {
  std::vector<uint64_t> out;
  auto env = lmdb::Env::open({.dir = config_.data_dir + "/log", .read_only = true});
  if (!env) return out;
  auto table = (*env)->open_table("groups");
  if (!table) return out;
  auto txn = must((*env)->read());
  auto cursor = must(txn.cursor(*table));
  for (bool found = must(cursor.first()); found; found = must(cursor.next())) {
    auto key = decode_group_key(cursor.key());
    expect(key.has_value(), "a group's key has {} bytes", cursor.key().size());
    out.push_back(key->end() - 1);
  }
  return out;
}

void Recovery::check_log(const Log& log, uint64_t events) {
  first_ = log.stats().first_seq;
  last_ = log.last_seq();
  uint64_t next = first_;
  std::set<std::string> named;
  auto visit = [&](const RecordView& record) {
    expect(record.seq == next, "the log has {} after {}", record.seq, next - 1);
    ++next;
    check_record(record);
    if (!record.blob.empty()) named.emplace(record.blob);
    return true;
  };
  auto corrupt = [](uint64_t seq, const Error& error) { expect(false, "record {}: {}", seq, error.message); };
  must(log.read(first_, SIZE_MAX, visit, corrupt));
  expect(next == last_ + 1, "the log says that it ends at {}, and ends at {}", last_, next - 1);
  for (const Facts::Accepted& one : facts_.accepted) {
    if (one.event >= events) break;
    expect(one.seq <= last_, "delivery {} was accepted and is not in the log, which ends at {}", one.seq, last_);
  }
  for (const std::string& blob : named) check_blob(blob);
}

void Recovery::check_record(const RecordView& record) {
  if (is_erased(record)) return expect(!facts_.erased_actions.empty(), "record {} is erased", record.seq);
  uint64_t hash = hash_of(record);
  auto [known, fresh] = records_.emplace(record.seq, hash);
  expect(known->second == hash, "record {} is not what it was", record.seq);
  if (!fresh) return;
  auto sent = facts_.body.find(record.seq);
  if (sent == facts_.body.end()) return;
  expect(record.blob.empty() ? record.body == sent->second : record.blob == sha256_hex(sent->second),
         "record {} is not what was accepted", record.seq);
}

// A file that was looked at before is the same file, or has another inode.
void Recovery::check_blob(const std::string& name) {
  const std::string path = config_.data_dir + "/blobs/" + name.substr(0, 2) + "/" + name.substr(2);
  struct stat status{};
  expect(::stat(path.c_str(), &status) == 0, "blob {} is named by a record, and there is no such file", name);
  uint64_t version = status.st_ino ^ static_cast<uint64_t>(status.st_mtim.tv_nsec) << 20;
  auto [known, fresh] = sound_blobs_.emplace(name, version);
  if (!fresh && known->second == version) return;
  must(Blobs::open_to_read(config_.data_dir + "/blobs", config_.encryption)->read(name));
  known->second = version;
}

Stage Recovery::stage_on(Store& store, const Log& log) {
  Stage::Parts parts{.log = log,
                     .decoder = configured_.decoder(),
                     .directory = configured_.directory(),
                     .store = store,
                     .metrics = process_metrics_};
  return Stage(parts, Stage::Timers::from_log);
}

void Recovery::process(const Log& log, Stage& stage, uint64_t to) {
  uint64_t next = stage.position() + 1;
  if (next > to) return;
  auto visit = [&](const RecordView& record) {
    if (record.seq > to) return false;
    must(stage.handle(record, *rules_));
    return true;
  };
  must(log.read(next, to - next + 1, visit));
  must(stage.commit());
}

// The clean run knows records in their order, each once, and is never ahead of what any later image may end with: it
// goes on whenever an image's log is longer than every one before, and remembers each end of a group on the way.
void Recovery::catch_up_clean(const Log& log, const std::vector<uint64_t>& ends) {
  Stage stage = stage_on(*clean_, log);
  uint64_t position = stage.position();
  expect(position + 1 >= first_, "too few cuts: {} records were trimmed between two of them", first_ - position - 1);
  if (states_.empty()) states_[0] = hash_state(*must(clean_->read()), compared_);
  for (uint64_t end : ends) {
    if (end <= position) continue;
    process(log, stage, end);
    states_[end] = hash_state(*must(clean_->read()), compared_);
  }
}

void Recovery::check_actions(const Reader& reader, uint64_t events) const {
  for (const Facts::Named& one : facts_.promised) {
    if (one.event >= events) break;
    if (facts_.erased_actions.contains(one.action)) continue;
    expect(find_action(reader, one.action).has_value(), "action {} was promised, and is not there", one.action);
  }
  std::map<std::string, int> placed;
  for (const Facts::Named& one : facts_.placed) {
    if (one.event < events) ++placed[one.action];
  }
  for (const auto& [id, times] : placed) {
    if (facts_.erased_actions.contains(id)) continue;
    auto action = find_action(reader, id);
    expect(action.has_value(), "somebody was rung for action {}, and it is not there", id);
    expect(action->attempt >= times, "action {} was carried out {} times, of {} claimed", id, times, action->attempt);
    expect(action->status != ActionStatus::waiting, "somebody was rung for action {}, and it waits to be sent", id);
  }
}

// Once somebody was told that a person is forgotten, nothing that came before speaks of them, and the state does not.
void Recovery::check_forgotten(const Log& log, const Reader& reader, uint64_t events) const {
  for (const Facts::Forgotten& one : facts_.forgotten) {
    if (one.event >= events) break;
    const std::string digits = one.phone.substr(1);
    bool came_again = false;
    auto visit = [&](const RecordView& record) {
      const bool speaks =
          record.body.find(digits) != record.body.npos || record.header_block.find(digits) != record.body.npos;
      came_again = came_again || speaks;
      expect(!speaks || erasure_id_of(record.seq) > one.erasure, "record {} speaks of {}, who was forgotten by {}",
             record.seq, one.phone, one.erasure);
      return true;
    };
    must(log.read(first_, SIZE_MAX, visit));
    for (size_t i = 0; i < static_cast<size_t>(Table::count_) && !came_again; ++i) {
      auto table = static_cast<Table>(i);
      reader.scan(table, "", Direction::forward, [&](std::string_view key, std::string_view row) {
        expect(key.find(digits) == key.npos && row.find(digits) == row.npos, "table {} speaks of {}, who was forgotten",
               name(table), one.phone);
        return true;
      });
    }
  }
}

// What is left can be gone on with.
void Recovery::check_appending(Log& log) const {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = clock_.now_ms();
  record.headers = {{":name", "none"}};
  uint64_t seq = must(log.append_and_wait(std::move(record)));
  expect(seq == last_ + 1, "the next record is {}, after {}", seq, last_);
}

}  // namespace hookswitch::powercut
