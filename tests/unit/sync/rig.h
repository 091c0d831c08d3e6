// Syncing over a real log, processor and plugins, with providers that a test makes up.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/sync/syncs.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {

/// Conversations and calls that a provider knows, asked for through an HTTP client that never leaves the process.
class Listed final : public HttpClient {
 public:
  /// Instead of the usual answer, for a request's path and query; nullopt: the usual one.
  using Fault = std::function<std::optional<HttpResult>(const std::string& target, int nth)>;

  void add_conversation(const std::string& id, const Json& conversation);
  void add_call(const Json& call);
  void set_fault(Fault fault);
  void set_page_size(size_t rows) { page_size_ = rows; }
  /// Paths and queries, in order.
  std::vector<std::string> asked() const;
  size_t asked_of(const std::string& part) const;

  void send(HttpAsk ask, Done done) override;
  size_t under_way() const override { return 0; }

 private:
  HttpResult answer(const std::string& target);
  Json conversations(const std::string& target) const;
  Json calls(const std::string& target) const;

  mutable std::mutex mutex_;
  std::map<std::string, Json> conversations_;
  std::vector<Json> calls_;
  std::vector<std::string> asked_;
  std::map<std::string, int> times_;
  Fault fault_;
  size_t page_size_ = 100;
};

/// A conversation as their API gives it: `n` decides who calls when, for how long, and how it went.
Json made_conversation(int n);
std::string conversation_id(int n);
/// The same as the post-call webhook brings it.
std::string webhook_of(const Json& conversation);

class SyncRig {
 public:
  SyncRig();
  ~SyncRig() { stop(); }

  InProcess engine;
  Listed provider;
  SyncOptions options;

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
