// One sync: walks a provider's list from where its row says, fetches what is new, several things at once, and appends
// them to the log as `import` records in the list's order. After each page it notes in the log how far it has come, so
// that a restart goes on from there.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "engine/base/clock.h"
#include "engine/log/blobs.h"
#include "engine/log/log.h"
#include "engine/outbox/http_client.h"
#include "engine/providers/sources.h"
#include "engine/state/store.h"
#include "engine/state/syncs.h"
#include "engine/sync/bell.h"
#include "engine/sync/requests.h"
#include "engine/sync/sync_metrics.h"

namespace hookswitch {

/// What syncing needs of the engine; all of it outlives whoever syncs.
struct SyncParts {
  Log& log;
  Store& store;
  Blobs& blobs;
  const Sources& sources;
  HttpClient& http;
  const Clock& clock;
  std::function<uint64_t()> position;  // [any] newest record whose effects are committed
  Metrics& metrics;
  std::map<std::string, std::string> base_url;  // the source's api_base, where it has one
  std::map<std::string, int> at_once;           // requests to the source; one where nothing is said
  int64_t first_wait_ms = 1'000;                // before a request is made again; doubled each time
  int64_t timeout_ms = limits::kOutboundTimeoutMs;
};

class SyncRun {  // [sync]
 public:
  /// `bell` is rung whenever the processor has committed.
  SyncRun(const SyncParts& parts, Bell& bell, Sync sync)
      : parts_(parts), bell_(bell), metrics_(parts.metrics), sync_(std::move(sync)) {}

  /// Until the list ends, the sync is cancelled or given up, or it is time to stop.
  void run();

 private:
  /// False: it is over, or time to stop.
  bool page();
  /// Notes what is known already, appends what is new. An error ends the sync.
  Fetched<Json> take(const SyncPage& page);
  /// `from_this`: brought by this very sync, on an earlier page or before it was cut off in the middle of this one.
  enum class Known { no, yes, from_this };
  Known known(const Reader& reader, const SyncItem& item) const;
  /// A thing of the list; fetched first when the list did not tell all of it.
  struct Fresh {
    const SyncItem* item = nullptr;
    std::optional<SyncRequests::Pending> pending;
  };
  Fresh begin(const SyncItem& item);
  Fetched<void> import_all(const std::vector<const SyncItem*>& items, Json& note);
  Fetched<void> import(Fresh fresh);
  Fetched<NewRecord> record_of(std::string body) const;
  /// Waits while the log is full. 0: it is time to stop, or the record's file is gone.
  uint64_t append(NewRecord record);
  /// Appends a note and waits until the processor has seen it; the row is then as the note made it. False: it is over.
  bool note(Json note);
  bool give_up(const std::string& reason);

  const SyncParts& parts_;
  Bell& bell_;
  SyncMetrics metrics_;
  Sync sync_;
  std::shared_ptr<Source> source_;
  std::optional<SyncRequests> requests_;
  size_t at_once_ = 1;
  uint64_t unnoted_ = 0;           // things brought before it was cut off, of a page that no note is about
  std::set<std::string> cursors_;  // asked for
};

}  // namespace hookswitch
