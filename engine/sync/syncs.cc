#include "engine/sync/syncs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>

#include "engine/base/limits.h"

namespace hookswitch {
namespace {

constexpr int64_t kTouchMs = 60'000;  // the file's time is as old as this, at most

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
  if (!bell_.stopping()) ask_after_downtime();
  while (!bell_.stopping()) {
    touch();
    ask_scheduled();
    if (auto sync = next_unfinished()) {
      SyncRun(parts_, bell_, std::move(*sync)).run();
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

void Syncs::ask_after_downtime() {
  std::error_code unknown;
  auto written = std::filesystem::last_write_time(options_.alive_file, unknown);
  touch();
  if (unknown) return;
  auto age = std::filesystem::file_time_type::clock::now() - written;
  if (std::chrono::duration_cast<std::chrono::milliseconds>(age).count() < limits::kSyncAloneMs) return;
  for (const auto& [source, sync] : options_.sources) {
    if (sync.after_downtime && can_list(source)) ask(source, "downtime");
  }
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

void Syncs::ask(const std::string& source, const char* by) {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = parts_.clock.now_ms();
  record.headers = {{":name", "sync.start"}, {":by", by}};
  record.body = dump(Json{{"source", source}});
  auto parcel = std::make_shared<Bell::Parcel<Result<uint64_t>>>(bell_);
  auto queued = parts_.log.append(record, [parcel](Result<uint64_t> seq) { parcel->bring(std::move(seq)); });
  auto seq = queued ? parcel->wait() : std::nullopt;
  if (!seq || !*seq) return spdlog::warn("sync of {} by {}: the log could not take it", source, by);
  while (parts_.position() < **seq && bell_.wait(kTouchMs)) {
  }
}

std::optional<Sync> Syncs::next_unfinished() const {
  auto reader = parts_.store.read();
  if (!reader) return std::nullopt;
  auto unfinished = unfinished_syncs(**reader);
  return unfinished.empty() ? std::nullopt : std::optional(std::move(unfinished.front()));
}

void Syncs::touch() {
  int64_t now_ms = parts_.clock.now_ms();
  if (options_.alive_file.empty() || (touched_ms_ != 0 && now_ms - touched_ms_ < kTouchMs)) return;
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
