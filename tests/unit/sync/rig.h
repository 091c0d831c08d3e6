// Syncing over a real log, processor and plugins, with providers that a test makes up.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/sync/syncs.h"
#include "tests/support/in_process.h"
#include "tests/support/provider_lists.h"

namespace hookswitch::test {

/// Lists that are asked for through an HTTP client that never leaves the process.
class Listed final : public HttpClient, public ProviderLists {
 public:
  /// Answers to requests for one conversation wait until there are so many of them, and then come last first.
  void hold_items(size_t until);

  /// That requests were given.
  std::set<int64_t> timeouts();

  void send(HttpAsk ask, Done done) override;
  size_t under_way() const override { return 0; }

 private:
  std::mutex mutex_;
  size_t hold_until_ = 0;
  std::vector<std::pair<std::string, Done>> held_;
  std::set<int64_t> timeouts_;
};

class SyncRig {
 public:
  SyncRig();
  ~SyncRig() { stop(); }

  InProcess engine;
  Listed provider;
  SyncOptions options;
  Metrics metrics;
  std::map<std::string, int> at_once{{"elevenlabs", 4}};
  int64_t timeout_ms = limits::kOutboundTimeoutMs;

  void start();
  void stop();
  /// Asks for a sync and gives the command's answer.
  Json ask(const Json& body);
  /// Waits until it is over.
  Sync wait(const std::string& id);
  Sync sync(const Json& body) { return wait(ask(body).value("id", "")); }
  std::vector<Sync> all();

 private:
  std::unique_ptr<Blobs> blobs_;
  std::unique_ptr<Syncs> syncs_;
  std::thread ringer_;
  std::atomic<bool> ringing_{false};
};

}  // namespace hookswitch::test
