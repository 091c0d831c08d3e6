// The load under which the real engine is recorded: small and large deliveries, repeated ones, calls that people and
// tasks place, trimming, and one kill -9 with a start after it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "tests/support/engine_process.h"
#include "tests/support/fake_provider.h"

namespace hookswitch::powercut {

class Load {
 public:
  struct Options {
    uint64_t seed = 1;
    int deliveries = 1'000;
    std::string recorder;   // the library that is preloaded
    std::string recording;  // the file it writes
  };

  explicit Load(Options options);

  /// Runs it all, and ends with the engine stopped.
  void run();

  /// The directory that the recording knows as the disk's root; the engine's data is in it.
  std::string disk() const { return engine_.dir().path() + "/disk"; }
  std::string config_file() const { return engine_.config_file(); }
  std::string rules_dir() const { return engine_.rules_dir(); }
  /// Of deliveries that were accepted, by sequence.
  std::map<uint64_t, std::string> bodies() const { return bodies_; }
  size_t calls_placed() const { return provider_.placed().size(); }

 private:
  void start();
  void part(int from, int to);
  void post(int n);
  void post_large(int n);
  void place(int n);
  void hand_on_reports();
  void until_trimmed();
  void note(const std::optional<cli::HttpAnswer>& answer, const std::string& body);

  const Options options_;
  test::FakeProvider provider_;
  test::EngineProcess engine_;
  std::mutex mutex_;  // guards what follows
  std::string failure_;
  std::map<uint64_t, std::string> bodies_;
};

}  // namespace hookswitch::powercut
