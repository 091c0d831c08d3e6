// One simulated world: the engine's processor and outbox, given their turns one at a time by dice, over a disk that
// fails, beside a provider that repeats, delays, loses and refuses, with crashes between any two turns.
//
// A seed determines everything: the same seed, the same trace.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/log/blobs.h"
#include "engine/outbox/dispatcher.h"
#include "engine/processor/processor.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/disk_log.h"
#include "tests/simulation/memory_store.h"
#include "tests/simulation/phone_network.h"
#include "tests/support/temp_dir.h"

namespace hookswitch::simulation {

/// A promise that was broken is thrown as one of these.
struct Broken {
  std::string what;
};

struct Tally {
  uint64_t records = 0, steps = 0, crashes = 0, power_cuts = 0, failed_writes = 0, repeated = 0;
  uint64_t calls_rung = 0, tasks = 0, dead = 0, sim_ms = 0;
  uint64_t trace = 0;  // a hash of every turn and of the state at the end

  void add(const Tally& other);
};

class World {
 public:
  /// `rules` is a directory of rules.
  World(uint64_t seed, const std::string& rules, int deliveries);
  ~World();

  /// Until every delivery is accepted, every fault is over and nothing is left to do; then holds the engine to its
  /// promises.
  Tally run();

 private:
  // world.cc: turns
  void start();
  void crash(bool power_cut);
  void turn();
  void change_weather();
  void pass_time();
  void come_to_rest();
  bool at_rest();
  std::optional<int64_t> next_ms();
  void note(uint64_t what, uint64_t detail = 0);
  void watch_bounds();

  // sender.cc: what the provider and people send, again and again until it is accepted
  struct Letter {
    NewRecord record;
    std::string id;
    int64_t not_before_ms = 0;
  };
  void send_new();
  void send_waiting();
  void send(Letter letter);
  void post(NewRecord record, const std::string& id, int64_t at_ms);
  void hand_on_reports();
  Letter ping(int n);
  Letter task(int n);

  // judge.cc
  void judge();
  void judge_deliveries(const Reader& reader);
  void judge_tasks(const Reader& reader);
  void judge_calls(const Reader& reader);
  void judge_clean_run(const Reader& reader);

  const std::string rules_;
  const int deliveries_;
  Dice dice_;
  ManualClock clock_{1'767'614'400'000};
  ManualClock still_{0};  // of Answers: the processor answers, no deadline passes
  Metrics metrics_;
  ProcessMetrics process_metrics_{metrics_};
  Sources sources_;
  Directory directory_;
  test::TempDir dir_;
  std::unique_ptr<Blobs> blobs_;
  std::unique_ptr<Decoder> decoder_;
  DiskLog log_;
  MemoryStore store_;
  PhoneNetwork network_;
  std::unique_ptr<Answers> answers_;
  std::unique_ptr<Processor> processor_;
  std::unique_ptr<Dispatcher> outbox_;

  bool bad_disk_ = false;
  int made_ = 0, tasks_made_ = 0;
  std::multimap<int64_t, Letter> outside_;        // on its way to us, by when
  std::set<std::string> accepted_;                // ids that were answered with success
  std::map<std::string, std::string> task_keys_;  // by task id
  std::vector<Report> reports_;
  int reported_ = 0;
  Tally tally_;
};

}  // namespace hookswitch::simulation
