// One sync: walks a provider's list from where its row says, fetches what is new, and appends it to the log as `import`
// records. After each page it notes in the log how far it has come, so that a restart goes on from there.
#pragma once

#include <expected>
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

namespace hookswitch {

/// What syncing needs of the engine; all of it outlives whoever syncs.
struct SyncParts {
  Log& log;
  Store& store;
  Blobs& blobs;
  const Sources& sources;
  HttpClient& http;
  const Clock& clock;
  std::function<uint64_t()> position;           // [any] newest record whose effects are committed
  std::map<std::string, std::string> base_url;  // the source's api_base, where it has one
  int64_t first_wait_ms = 1'000;                // before a request is made again; doubled each time
};

class SyncRun {  // [sync]
 public:
  /// `bell` is rung whenever the processor has committed.
  SyncRun(const SyncParts& parts, Bell& bell, Sync sync) : parts_(parts), bell_(bell), sync_(std::move(sync)) {}

  /// Until the list ends, the sync is cancelled or given up, or it is time to stop.
  void run();

 private:
  /// Why a request brought nothing.
  struct Trouble {
    std::string reason;
    bool denied = false;    // the account may not: nothing else will be answered either
    bool stopping = false;  // it is time to stop, nothing is wrong
  };
  template <class T>
  using Fetched = std::expected<T, Trouble>;

  /// False: it is over, or time to stop.
  bool page();
  Fetched<HttpResponse> fetch(const SyncQuery& query);
  Fetched<HttpResponse> ask_once(const SyncQuery& query, bool& again, int64_t& wait_ms);
  /// Notes what is known already, appends what is new. An error ends the sync.
  Fetched<Json> take(const SyncPage& page);
  bool is_known(const Reader& reader, const SyncItem& item) const;
  Fetched<void> import(const SyncItem& item);
  /// Waits while the log is full. 0: it is time to stop.
  uint64_t append(NewRecord record);
  /// Appends a note and waits until the processor has seen it; the row is then as the note made it. False: it is over.
  bool note(Json note);
  bool give_up(const std::string& reason);

  const SyncParts& parts_;
  Bell& bell_;
  Sync sync_;
  std::shared_ptr<Source> source_;
  std::set<std::string> cursors_;  // asked for
};

}  // namespace hookswitch
