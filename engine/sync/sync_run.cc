#include "engine/sync/sync_run.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/processor/handler.h"
#include "engine/state/seen.h"

namespace hookswitch {
namespace {

constexpr int64_t kFullMs = 50;             // until the log is asked again to take a record
constexpr int64_t kLongestWaitMs = 60'000;  // before a request is made again
constexpr int64_t kLookMs = 200;            // at the position, should a bell be lost

bool is_denied(int status) { return status == 401 || status == 402 || status == 403; }

bool is_passing(int status) {
  return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

/// Seconds of Retry-After as milliseconds; 0 for none.
int64_t retry_after_ms(const HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    int64_t seconds = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (name == "retry-after" && error == std::errc() && end == value.data() + value.size()) {
      return std::clamp<int64_t>(seconds * 1000, 0, kLongestWaitMs);
    }
  }
  return 0;
}

std::string filter_text(const Sync& sync) { return sync.filter.empty() ? "" : dump(sync.filter); }

}  // namespace

void SyncRun::run() {
  source_ = parts_.sources.find(sync_.source);
  if (!source_) {
    give_up(fmt::format("found no source \"{}\"", sync_.source));
    return;
  }
  spdlog::info("sync {} of {} from {} begins at page {}", sync_.id, sync_.resource, sync_.source, sync_.pages + 1);
  if (sync_.status == SyncStatus::waiting && !note(Json::object())) return;
  while (page()) {
  }
}

bool SyncRun::page() {
  if (sync_.pages >= limits::kSyncPages) return give_up(fmt::format("the list goes on after {} pages", sync_.pages));
  if (!cursors_.insert(hash128(sync_.cursor)).second) {
    return give_up(fmt::format("the list repeats itself after {} pages", sync_.pages));
  }
  std::string filter = filter_text(sync_);
  SyncQuery query{.resource = sync_.resource, .cursor = sync_.cursor, .filter = filter};
  query.from_ms = sync_.from_ms;
  query.to_ms = sync_.to_ms;
  auto answer = fetch(query);
  if (!answer) return !answer.error().stopping && give_up(answer.error().reason);
  auto read = source_->read_page(query, *answer);
  if (!read) return give_up(read.error().message);
  auto noted = take(*read);
  if (!noted) return !noted.error().stopping && give_up(noted.error().reason);
  (*noted)["cursor"] = read->next_cursor;
  if (read->next_cursor.empty()) (*noted)["status"] = "done";
  return note(std::move(*noted)) && !read->next_cursor.empty();
}

SyncRun::Fetched<HttpResponse> SyncRun::ask_once(const SyncQuery& query, bool& again, int64_t& wait_ms) {
  auto request = source_->build_query(query);
  if (!request) return std::unexpected(Trouble{request.error().message});
  HttpAsk ask{.request = std::move(*request)};
  if (auto base = parts_.base_url.find(sync_.source); base != parts_.base_url.end()) ask.base_url = base->second;
  ask.answer_bytes_max = limits::kSyncAnswerBytes;
  auto parcel = std::make_shared<Bell::Parcel<HttpResult>>(bell_);
  parts_.http.send(std::move(ask), [parcel](HttpResult result) { parcel->bring(std::move(result)); });
  auto result = parcel->wait();
  if (!result) return std::unexpected(Trouble{.reason = "stopped", .stopping = true});
  again = !*result || is_passing((*result)->status);
  if (!*result) return std::unexpected(Trouble{result->error().error});
  int status = (*result)->status;
  if (status >= 200 && status < 300) return std::move(**result);
  wait_ms = std::max(wait_ms, retry_after_ms(**result));
  return std::unexpected(Trouble{fmt::format("{} answered {}", sync_.source, status), is_denied(status)});
}

SyncRun::Fetched<HttpResponse> SyncRun::fetch(const SyncQuery& query) {
  int64_t wait_ms = parts_.first_wait_ms;
  for (int tried = 1;; ++tried) {
    bool again = false;
    auto answer = ask_once(query, again, wait_ms);
    if (answer || !again || tried == limits::kSyncTries) return answer;
    if (!bell_.sleep(wait_ms)) return std::unexpected(Trouble{.reason = "stopped", .stopping = true});
    wait_ms = std::min(2 * wait_ms, kLongestWaitMs);
  }
}

bool SyncRun::is_known(const Reader& reader, const SyncItem& item) const {
  Event event;
  event.source = sync_.source;
  event.id = item.event_id;
  return !item.event_id.empty() && find_seen(reader, seen_hash(event)).has_value();
}

SyncRun::Fetched<Json> SyncRun::take(const SyncPage& page) {
  Json note{{"found", page.items.size()}, {"failed", 0}, {"known", Json::array()}};
  std::vector<const SyncItem*> fresh;
  {
    auto reader = parts_.store.read();
    if (!reader) return std::unexpected(Trouble{reader.error().message});
    for (const SyncItem& item : page.items) {
      is_known(**reader, item) ? note["known"].push_back({item.id_kind, item.id}) : fresh.push_back(&item);
    }
  }
  for (const SyncItem* item : fresh) {
    auto taken = import(*item);
    if (taken) continue;
    if (taken.error().stopping || taken.error().denied) return std::unexpected(taken.error());
    spdlog::warn("sync {}: {} of {} is left out: {}", sync_.id, item->id, sync_.source, taken.error().reason);
    note["failed"] = note["failed"].get<uint64_t>() + 1;
    note["reason"] = taken.error().reason;
  }
  return note;
}

SyncRun::Fetched<void> SyncRun::import(const SyncItem& item) {
  SyncItem whole = item;
  if (whole.body.empty()) {
    SyncQuery query{.resource = sync_.resource, .item = item.id};
    auto answer = fetch(query);
    if (!answer) return std::unexpected(answer.error());
    auto read = source_->read_page(query, *answer);
    if (!read) return std::unexpected(Trouble{read.error().message});
    whole = std::move(read->items.front());
  }
  NewRecord record;
  record.kind = RecordKind::import;
  record.source = sync_.source;
  record.headers = {{":kind", sync_.resource}, {":sync", sync_.id}};
  if (whole.body.size() > limits::kInlineBodyBytes) {
    auto blob = parts_.blobs.create();
    if (!blob) return std::unexpected(Trouble{blob.error().message});
    if (auto written = (*blob)->write(whole.body); !written) return std::unexpected(Trouble{written.error().message});
    auto name = (*blob)->finish();
    if (!name) return std::unexpected(Trouble{name.error().message});
    record.blob = *name;
    record.blob_bytes = whole.body.size();
  } else {
    record.body = std::move(whole.body);
  }
  if (append(std::move(record)) == 0) return std::unexpected(Trouble{.reason = "stopped", .stopping = true});
  return {};
}

uint64_t SyncRun::append(NewRecord record) {
  record.time_ms = parts_.clock.now_ms();
  while (!bell_.stopping()) {
    auto parcel = std::make_shared<Bell::Parcel<Result<uint64_t>>>(bell_);
    NewRecord copy = record;
    auto queued = parts_.log.append(copy, [parcel](Result<uint64_t> seq) { parcel->bring(std::move(seq)); });
    auto seq = queued ? parcel->wait() : std::nullopt;
    if (seq && *seq) return **seq;
    bell_.sleep(kFullMs);
  }
  return 0;
}

bool SyncRun::note(Json note) {
  note["id"] = sync_.id;
  NewRecord record;
  record.kind = RecordKind::command;
  record.headers = {{":name", "sync.note"}, {":by", "sync"}};
  record.body = dump(note);
  uint64_t seq = append(std::move(record));
  while (seq != 0 && parts_.position() < seq) {
    if (!bell_.wait(kLookMs)) return false;
  }
  auto reader = parts_.store.read();
  auto sync = seq != 0 && reader ? find_sync(**reader, sync_.id) : std::nullopt;
  if (!sync) return false;
  sync_ = std::move(*sync);
  if (!is_final(sync_.status)) return true;
  spdlog::info("sync {} of {} from {} is {}: {} found, {} created, {} updated, {} known, {} failed", sync_.id,
               sync_.resource, sync_.source, name(sync_.status), sync_.total, sync_.created, sync_.updated,
               sync_.skipped, sync_.failed);
  return false;
}

bool SyncRun::give_up(const std::string& reason) {
  spdlog::warn("sync {} of {} from {} is given up: {}", sync_.id, sync_.resource, sync_.source, reason);
  note({{"status", "failed"}, {"reason", reason}});
  return false;
}

}  // namespace hookswitch
