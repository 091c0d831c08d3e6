#include "engine/sync/sync_run.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/processor/handler.h"
#include "engine/processor/imports.h"
#include "engine/state/seen.h"

namespace hookswitch {
namespace {

constexpr int64_t kFullMs = 50;   // until the log is asked again to take a record
constexpr int64_t kLookMs = 200;  // at the position, should a bell be lost

std::string filter_text(const Sync& sync) { return sync.filter.empty() ? "" : dump(sync.filter); }

}  // namespace

void SyncRun::run() {
  source_ = parts_.sources.find(sync_.source);
  if (!source_) {
    give_up(fmt::format("found no source \"{}\"", sync_.source));
    return;
  }
  spdlog::info("sync {} of {} from {} begins at page {}", sync_.id, sync_.resource, sync_.source, sync_.pages + 1);
  auto base = parts_.base_url.find(sync_.source);
  requests_.emplace(parts_.http, bell_, *source_, base == parts_.base_url.end() ? "" : base->second,
                    parts_.first_wait_ms, parts_.timeout_ms);
  if (auto found = parts_.at_once.find(sync_.source); found != parts_.at_once.end())
    at_once_ = static_cast<size_t>(std::clamp(found->second, 1, limits::kSyncFetches));
  // What was brought of a page that was cut off is counted as created and so on, and not yet as found.
  unnoted_ = std::max(sync_.created + sync_.updated + sync_.skipped + sync_.failed, sync_.total) - sync_.total;
  metrics_.running(sync_.source, true);
  bool goes_on = sync_.status != SyncStatus::waiting || note(Json::object());
  while (goes_on) goes_on = page();
  metrics_.running(sync_.source, false);
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
  auto answer = requests_->await(requests_->begin(query));
  if (!answer) return !answer.error().stopping && give_up(answer.error().reason);
  auto read = source_->read_page(query, *answer);
  if (!read) return give_up(read.error().message);
  auto noted = take(*read);
  if (!noted) return !noted.error().stopping && give_up(noted.error().reason);
  (*noted)["cursor"] = read->next_cursor;
  if (read->next_cursor.empty()) (*noted)["status"] = "done";
  return note(std::move(*noted)) && !read->next_cursor.empty();
}

SyncRun::Known SyncRun::known(const Reader& reader, const SyncItem& item) const {
  Event event;
  event.source = sync_.source;
  event.id = item.event_id;
  auto seen = item.event_id.empty() ? std::nullopt : find_seen(reader, seen_hash(event));
  if (!seen) return Known::no;
  // Ids of syncs sort as the records that asked for them.
  bool own = seen->reply == kImported && sync_id_of(seen->seq) > sync_.id;
  return own ? Known::from_this : Known::yes;
}

Fetched<Json> SyncRun::take(const SyncPage& page) {
  Json note{{"failed", 0}, {"gone", 0}, {"known", Json::array()}};
  std::vector<const SyncItem*> fresh;
  uint64_t own = 0;
  {
    auto reader = parts_.store.read();
    if (!reader) return std::unexpected(Trouble{reader.error().message});
    for (const SyncItem& item : page.items) {
      Known word = known(**reader, item);
      if (word == Known::no) fresh.push_back(&item);
      own += word == Known::from_this ? 1 : 0;
      if (word == Known::yes) note["known"].push_back({item.id_kind, item.id});
    }
  }
  uint64_t now_noted = std::min(own, unnoted_);
  unnoted_ -= now_noted;
  note["found"] = note["known"].size() + fresh.size() + now_noted;
  if (auto taken = import_all(fresh, note); !taken) return std::unexpected(taken.error());
  return note;
}

SyncRun::Fresh SyncRun::begin(const SyncItem& item) {
  Fresh fresh{&item, std::nullopt};
  if (item.body.empty()) fresh.pending = requests_->begin({.resource = sync_.resource, .item = item.id});
  return fresh;
}

// Several are on their way while the first of them is waited for: they come into the log in the list's order.
Fetched<void> SyncRun::import_all(const std::vector<const SyncItem*>& items, Json& note) {
  std::deque<Fresh> under_way;
  for (size_t next = 0; next < items.size() || !under_way.empty();) {
    while (next < items.size() && under_way.size() < at_once_) under_way.push_back(begin(*items[next++]));
    Fresh first = std::move(under_way.front());
    under_way.pop_front();
    const std::string& id = first.item->id;
    auto taken = import(std::move(first));
    if (taken) continue;
    if (taken.error().stopping || taken.error().denied) return taken;
    if (taken.error().gone) {  // between the list and the question, or for ever: nothing more can be had of it
      spdlog::warn("sync {}: {} of {} is listed and gone: {}", sync_.id, id, sync_.source, taken.error().reason);
      note["gone"] = note["gone"].get<uint64_t>() + 1;
      if (!note.contains("reason")) note["reason"] = fmt::format("{} is listed and gone: {}", id, taken.error().reason);
      continue;
    }
    spdlog::warn("sync {}: {} of {} is left out: {}", sync_.id, id, sync_.source, taken.error().reason);
    note["failed"] = note["failed"].get<uint64_t>() + 1;
    note["reason"] = taken.error().reason;
  }
  return {};
}

Fetched<void> SyncRun::import(Fresh fresh) {
  std::string body = fresh.item->body;
  if (fresh.pending) {
    auto answer = requests_->await(std::move(*fresh.pending));
    if (!answer) return std::unexpected(answer.error());
    auto read = source_->read_page({.resource = sync_.resource, .item = fresh.item->id}, *answer);
    if (!read) return std::unexpected(Trouble{read.error().message});
    body = std::move(read->items.front().body);
  }
  auto record = record_of(std::move(body));
  if (!record) return std::unexpected(record.error());
  if (append(std::move(*record)) != 0) return {};
  if (bell_.stopping()) return std::unexpected(Trouble{.reason = "stopped", .stopping = true});
  return std::unexpected(Trouble{"its body was removed from the disk before the log could take it"});
}

Fetched<NewRecord> SyncRun::record_of(std::string body) const {
  NewRecord record;
  record.kind = RecordKind::import;
  record.source = sync_.source;
  record.headers = {{":kind", sync_.resource}, {":sync", sync_.id}};
  if (body.size() <= limits::kInlineBodyBytes) {
    record.body = std::move(body);
    return record;
  }
  auto blob = parts_.blobs.create();
  if (!blob) return std::unexpected(Trouble{blob.error().message});
  if (auto written = (*blob)->write(body); !written) return std::unexpected(Trouble{written.error().message});
  auto name = (*blob)->finish();
  if (!name) return std::unexpected(Trouble{name.error().message});
  record.blob = *name;
  record.blob_bytes = body.size();
  return record;
}

uint64_t SyncRun::append(NewRecord record) {
  record.time_ms = parts_.clock.now_ms();
  while (!bell_.stopping()) {
    auto parcel = std::make_shared<Bell::Parcel<Result<uint64_t>>>(bell_);
    NewRecord copy = record;
    auto queued = parts_.log.append(copy, [parcel](Result<uint64_t> seq) { parcel->bring(std::move(seq)); });
    auto seq = queued ? parcel->wait() : std::nullopt;
    if (seq && *seq) return **seq;
    // The file was taken for one that nobody needs: then it is to be fetched again.
    if (!record.blob.empty() && !parts_.blobs.open_reader(record.blob)) return 0;
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
  metrics_.moved(sync_, *sync);
  sync_ = std::move(*sync);
  if (!is_final(sync_.status)) return true;
  spdlog::info("sync {} of {} from {} is {}: {} found, {} created, {} updated, {} known, {} failed", sync_.id,
               sync_.resource, sync_.source, name(sync_.status), sync_.total, sync_.created, sync_.updated,
               sync_.skipped, sync_.failed);
  if (sync_.status == SyncStatus::done && !sync_.reason.empty()) spdlog::warn("sync {}: {}", sync_.id, sync_.reason);
  return false;
}

bool SyncRun::give_up(const std::string& reason) {
  spdlog::warn("sync {} of {} from {} is given up: {}", sync_.id, sync_.resource, sync_.source, reason);
  note({{"status", "failed"}, {"reason", reason}});
  return false;
}

}  // namespace hookswitch
