// The load under which the real engine is recorded: small and large deliveries, repeated ones, calls that people and
// tasks place, trimming, one kill -9 with a start after it, and where it is wanted people who are forgotten and a state
// that is made anew.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "tests/support/engine_process.h"
#include "tests/support/fake_provider.h"

namespace hookswitch::powercut {

class Load {
 public:
  struct Options {
    uint64_t seed = 1;
    int deliveries = 1'000;
    bool erases = false;     // people who were called are forgotten
    bool encrypted = false;  // what lies on the disk
    bool rebuilds = false;   // the state, once in vain and once to the end
    std::string recorder;    // the library that is preloaded
    std::string recording;   // the file it writes
  };

  /// A part of every transcript: what may lie nowhere on a disk that is encrypted.
  static constexpr const char* kSaid = "Please book an appointment";

  /// As many as one step of an erasure goes through. How many steps it takes is not of the log alone: some of the rows
  /// that a step looks at are forgotten by the clock.
  static constexpr int kErasingDeliveries = 450;

  explicit Load(Options options);

  /// Runs it all, and ends with the engine stopped.
  void run();

  /// The directory that the recording knows as the disk's root; the engine's data is in it.
  std::string disk() const { return engine_.dir().path() + "/disk"; }
  std::string config_file() const { return engine_.config_file(); }
  std::string rules_dir() const { return engine_.rules_dir(); }
  /// Of deliveries that were accepted, by sequence.
  std::map<uint64_t, std::string> bodies() const { return bodies_; }
  /// Who was forgotten: number by erasure, and the actions that were about them.
  std::map<std::string, std::string> forgotten() const { return forgotten_; }
  std::set<std::string> erased_actions() const { return erased_actions_; }
  size_t calls_placed() const { return provider_.placed().size(); }

 private:
  void start();
  void begin_recorded() const;
  void rebuild();
  bool run_recorded(const char* verb, int64_t kill_after_ms) const;
  std::string asks_for_kill() const { return options_.recording + ".kill"; }
  void kill_engine();
  void part(int from, int to);
  void post(int n);
  void post_large(int n);
  void place(int n);
  void erase_one(int n);
  std::string begin_erasure(int n);
  void await_erasure(const std::string& id);
  void hand_on_reports();
  void until_trimmed();
  void note(const std::optional<cli::HttpAnswer>& answer, const std::string& body);

  const Options options_;
  test::FakeProvider provider_;
  test::EngineProcess engine_;
  std::mutex mutex_;  // guards what follows
  std::string failure_;
  std::map<uint64_t, std::string> bodies_;
  struct Placed {
    int number;  // of the delivery in whose place it was asked for
    std::string phone, action;
  };
  std::deque<Placed> placed_;  // people who may be forgotten, oldest first
  std::map<std::string, std::string> forgotten_;
  std::set<std::string> erased_actions_;
};

}  // namespace hookswitch::powercut
