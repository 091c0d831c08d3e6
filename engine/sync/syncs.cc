#include "engine/sync/syncs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>

#include "engine/base/limits.h"

namespace hookswitch {
namespace {

constexpr int64_t kTouchMs = 60'000;         // the file's time is as old as this, at most
constexpr int64_t kAgainMs = 30 * 60'000LL;  // until what failed is asked again
constexpr const char* kDowntime = "downtime";
constexpr int64_t kAwayMs = 1'000;  // until it is looked again whether the directory is back

}  // namespace

Syncs::Syncs(SyncParts parts, SyncOptions options) : parts_(std::move(parts)), options_(std::move(options)) {
  for (const auto& [source, sync] : options_.sources) {
    auto cron = sync.schedule.empty() ? fail(Code::not_found, "none") : Cron::parse(sync.schedule);
    if (cron)
      schedules_.push_back({source, sync.timezone, *cron, cron->next_after(parts_.clock.now_ms(), sync.timezone)});
  }
}

Syncs::~Syncs() { stop(); }

void Syncs::start() {
  thread_ = std::thread([this] {
    try {
      run();
    } catch (const std::exception& error) {
      spdlog::error("the sync thread ends: {}", error.what());
    }
  });
}

void Syncs::stop() {
  bell_.stop();
  if (thread_.joinable()) thread_.join();
}

void Syncs::run() {
  wait_for_processor();
  if (!bell_.stopping()) {
    look_for_failed();
    look_for_downtime();
  }
  while (!bell_.stopping()) {
    if (!options_.in_place()) {
      bell_.sleep(kAwayMs);
      continue;
    }
    ask_missed();
    touch();
    ask_scheduled();
    if (auto sync = next_unfinished()) {
      const std::string id = sync->id;
      SyncRun(parts_, bell_, std::move(*sync)).run();
      auto reader = parts_.store.read();
      auto ended = reader ? find_sync(**reader, id) : std::nullopt;
      if (ended) note_failed(*ended, parts_.clock.now_ms() + kAgainMs);
    } else {
      bell_.wait(wait_ms());
    }
  }
}

// The rows must say what the log says, or a sync that is over would be begun again.
void Syncs::wait_for_processor() {
  uint64_t end = parts_.log.last_seq();
  while (parts_.position() < end && bell_.wait(kTouchMs)) {
  }
}

// The newest of each source that was asked because of a downtime.
void Syncs::look_for_failed() {
  auto reader = parts_.store.read();
  if (!reader) return;
  for (const auto& [source, sync] : options_.sources) {
    auto page = sync_page(**reader, source, "", limits::kSyncsKept);
    if (!sync.after_downtime || !page) continue;
    auto newest = std::ranges::find_if(page->rows, [](const Json& row) { return row.at("by") == kDowntime; });
    auto row = newest == page->rows.end() ? std::nullopt : find_sync(**reader, newest->at("id").get<std::string>());
    if (row) note_failed(*row, parts_.clock.now_ms());
  }
}

// What a failed sync was to ask is asked again from its very start.
void Syncs::note_failed(const Sync& sync, int64_t ask_ms) {
  if (sync.by != kDowntime || sync.status != SyncStatus::failed) return;
  missed_[sync.source] = {sync.from_ms + limits::kSyncOverlapMs, ask_ms, true};
}

void Syncs::look_for_downtime() {
  std::error_code unknown;
  auto written = std::filesystem::last_write_time(options_.alive_file, unknown);
  if (unknown) return;
  auto age = std::filesystem::file_time_type::clock::now() - written;
  const int64_t age_ms = std::chrono::duration_cast<std::chrono::milliseconds>(age).count();
  if (age_ms < limits::kSyncAloneMs) return;
  const int64_t now_ms = parts_.clock.now_ms();
  for (const auto& [source, sync] : options_.sources) {
    if (!sync.after_downtime) continue;
    auto failed = missed_.find(source);
    const int64_t since_ms = now_ms - age_ms;
    missed_[source] = {failed == missed_.end() ? since_ms : std::min(since_ms, failed->second.since_ms), now_ms, false};
  }
}

// A source that is being asked already, or cannot be asked yet, has its turn later.
void Syncs::ask_missed() {
  const int64_t now_ms = parts_.clock.now_ms();
  for (auto each = missed_.begin(); each != missed_.end();) {
    auto& [source, missed] = *each;
    bool asked = false;
    if (missed.ask_ms <= now_ms && !is_under_way(source)) {
      missed.ask_ms = now_ms + kTouchMs;
      asked = can_list(source) && ask(source, kDowntime, missed.since_ms);
    }
    each = asked ? missed_.erase(each) : std::next(each);
  }
}

bool Syncs::is_under_way(const std::string& source) const {
  auto reader = parts_.store.read();
  if (!reader) return false;
  auto unfinished = unfinished_syncs(**reader);
  return std::ranges::find(unfinished, source, &Sync::source) != unfinished.end();
}

// Whether a request could be written at all: a source without credentials is not asked for by itself.
bool Syncs::can_list(const std::string& name) const {
  auto source = parts_.sources.find(name);
  auto resources = source ? source->sync_resources() : std::vector<std::string>();
  return !resources.empty() && source->build_query({.resource = resources.front()}).has_value();
}

void Syncs::ask_scheduled() {
  int64_t now_ms = parts_.clock.now_ms();
  for (Schedule& each : schedules_) {
    if (!each.next_ms || *each.next_ms > now_ms) continue;
    each.next_ms = each.cron.next_after(now_ms, each.timezone);
    ask(each.source, "schedule");
  }
}

// Whether it is to be carried out now.
bool Syncs::ask(const std::string& source, const char* by, std::optional<int64_t> since_ms) {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = parts_.clock.now_ms();
  record.headers = {{":name", "sync.start"}, {":by", by}};
  Json body{{"source", source}};
  if (since_ms) body["since_ms"] = *since_ms;
  record.body = dump(body);
  auto parcel = std::make_shared<Bell::Parcel<Result<uint64_t>>>(bell_);
  auto queued = parts_.log.append(record, [parcel](Result<uint64_t> seq) { parcel->bring(std::move(seq)); });
  auto seq = queued ? parcel->wait() : std::nullopt;
  if (!seq || !*seq) {
    spdlog::warn("sync of {} by {}: the log could not take it", source, by);
    return false;
  }
  while (parts_.position() < **seq && bell_.wait(kTouchMs)) {
  }
  auto reader = parts_.store.read();
  return reader && find_sync(**reader, sync_id_of(**seq));
}

std::optional<Sync> Syncs::next_unfinished() const {
  auto reader = parts_.store.read();
  if (!reader) return std::nullopt;
  auto unfinished = unfinished_syncs(**reader);
  return unfinished.empty() ? std::nullopt : std::optional(std::move(unfinished.front()));
}

// Not before all are asked what they reported since the file's time.
void Syncs::touch() {
  int64_t now_ms = parts_.clock.now_ms();
  if (options_.alive_file.empty() || (touched_ms_ != 0 && now_ms - touched_ms_ < kTouchMs)) return;
  auto forgotten = [&](const auto& each) { return !each.second.remembered && can_list(each.first); };
  if (std::ranges::any_of(missed_, forgotten)) return;
  touched_ms_ = now_ms;
  std::ofstream(options_.alive_file, std::ios::trunc) << now_ms << "\n";
}

int64_t Syncs::wait_ms() const {
  int64_t wait = kTouchMs, now_ms = parts_.clock.now_ms();
  for (const Schedule& each : schedules_) {
    if (each.next_ms) wait = std::clamp<int64_t>(*each.next_ms - now_ms, 1, wait);
  }
  return wait;
}

}  // namespace hookswitch
