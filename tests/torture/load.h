// Clients of every kind at once, as long as the engine lives and while it is dead: deliveries small and large, doubled
// and forged, calls asked for through the API, and a provider's words about the calls it placed.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/engine_process.h"
#include "tests/support/fake_provider.h"
#include "tests/torture/ledger.h"

namespace hookswitch::torture {

class Load {
 public:
  Load(test::EngineProcess& engine, test::FakeProvider& provider, Ledger& ledger);
  ~Load();

  /// [the maker's thread] It begins paused. While it is paused nobody sends anything: the engine is started anew, and
  /// its address changes. Either may be called twice.
  void pause();
  void resume();

  /// Refusals and answers that no provider should ever see: forged deliveries that were taken, odd status codes.
  std::vector<std::string> complaints() const;
  /// Ids of the actions of the calls that were asked for and accepted.
  std::set<std::string> actions() const;
  /// A provider's id of the call that a delivery of the load is about.
  static std::string call_of(const std::string& id);
  /// Whether the provider still has words that nobody took.
  bool everything_reported() const { return waiting_reports_ == 0; }
  /// No more calls are asked for from now on, no more deliveries made; reports go on.
  void finish() { finishing_ = true; }

 private:
  void deliver();
  void send_one(int n);
  void place_calls();
  void report();
  void note(const std::optional<cli::HttpAnswer>& answer, const std::string& id);
  void complain(std::string what);
  /// Held while one request is under way; nothing while paused.
  std::shared_lock<std::shared_mutex> enter();

  test::EngineProcess& engine_;
  test::FakeProvider& provider_;
  Ledger& ledger_;
  std::shared_mutex gate_;          // held alone while paused
  std::atomic<bool> paused_{true};  // nobody enters any more: readers in a stream would keep the writer out for ever
  mutable std::mutex mutex_;        // guards the two below
  std::vector<std::string> complaints_;
  std::set<std::string> actions_;
  std::atomic<int> next_{1};
  std::atomic<size_t> waiting_reports_{0};
  std::atomic<bool> going_{true}, finishing_{false};
  std::vector<std::thread> threads_;
};

}  // namespace hookswitch::torture
