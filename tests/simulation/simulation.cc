// Simulates the engine's core for millions of events: see world.h. A world is small and short; there are many, each
// with a seed of its own, and the seed of one that breaks a promise is all it takes to see it again.
//
//   simulation [--events N] [--seed S] [--deliveries N]      --events counts records, over all worlds
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/simulation/world.h"

namespace hookswitch::simulation {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMemoryGrowthMax = 64ULL << 20;  // of the process, after the first worlds
constexpr int kFirstWorlds = 5;
constexpr int kSameTwice = 20;  // of so many worlds one is simulated again, and must be the same

struct Options {
  uint64_t events = 100'000, seed = 1;
  int deliveries = 3'000;
};

void copy_rules(const std::string& to) {
  fs::create_directory(to + "/lib");
  for (const char* file : {"rules/callbacks.lua", "rules/lib/finished.lua", "tests/simulation/rules/counting.lua"}) {
    std::string name(file);
    fs::copy(std::string(HOOKSWITCH_SOURCE_DIR "/") + file,
             to + name.substr(name.starts_with("tests") ? name.rfind('/') : name.find('/')));
  }
}

uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * 4096;
}

class Worlds {
 public:
  explicit Worlds(const Options& options) : options_(options) { copy_rules(rules_.path()); }

  int run() {
    auto began = std::chrono::steady_clock::now();
    uint64_t memory = 0;
    int worlds = 0;
    for (uint64_t seed = options_.seed; total_.records < options_.events; ++seed, ++worlds) {
      if (!one(seed, worlds % kSameTwice == 0)) return 1;
      if (worlds == kFirstWorlds) memory = resident_bytes();
      if (memory != 0 && resident_bytes() > memory + kMemoryGrowthMax) {
        fmt::print("memory has grown from {} to {} bytes\n", memory, resident_bytes());
        return 1;
      }
    }
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    fmt::print(
        "{} worlds, {} records, {} turns, {} crashes, {} power cuts, {} failed writes, {} repeated deliveries,\n"
        "{} tasks, {} calls rung, {} dead letters, {:.1f} days simulated; no broken promise\n"
        "seeds from {}, trace {:016x}, {:.1f} s\n",
        worlds, total_.records, total_.steps, total_.crashes, total_.power_cuts, total_.failed_writes, total_.repeated,
        total_.tasks, total_.calls_rung, total_.dead, static_cast<double>(total_.sim_ms) / 86'400'000, options_.seed,
        total_.trace, took.count());
    return 0;
  }

 private:
  bool one(uint64_t seed, bool twice) {
    try {
      Tally tally = World(seed, rules_.path(), options_.deliveries).run();
      if (twice && World(seed, rules_.path(), options_.deliveries).run().trace != tally.trace)
        throw Broken{"the same seed gave another trace"};
      total_.add(tally);
      return true;
    } catch (const Broken& broken) {
      fmt::print("seed {}: {}\nto see it again: simulation --seed {} --events 1 --deliveries {}\n", seed, broken.what,
                 seed, options_.deliveries);
      return false;
    }
  }

  const Options options_;
  test::TempDir rules_;
  Tally total_;
};

}  // namespace
}  // namespace hookswitch::simulation

int main(int argc, char** argv) {
  hookswitch::simulation::Options options;
  CLI::App app{"Simulates the engine's core, seeded"};
  app.option_defaults()->take_last();  // scripts give theirs before those of who calls them
  app.add_option("--events", options.events, "records of all worlds together");
  app.add_option("--seed", options.seed, "of the first world; the next has the next");
  app.add_option("--deliveries", options.deliveries, "made in each world");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::off);
  try {
    return hookswitch::simulation::Worlds(options).run();
  } catch (const std::exception& e) {
    fmt::print(stderr, "simulation: {}\n", e.what());
    return 2;
  }
}
