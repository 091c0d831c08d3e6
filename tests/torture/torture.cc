// The real binary under mixed load, killed at random and started again, for as long as is asked; after every kill its
// log is read by a reader that shares no code with it, and now and then everything it says through its API is compared
// with what the load knows. The last line says what was done; exit 0 when nothing is amiss.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

#include "tests/torture/load.h"

namespace hookswitch::torture {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kKillsPerLook = 20;
constexpr size_t kCallsLookedAt = 200;
constexpr auto kPatience = std::chrono::minutes(10);  // until no action is unknown: looks come at growing distances
constexpr const char* kConfig = R"(retention: {log_size: 256MiB}
calling:
  window: {days: mon-sun, from: "00:00", to: "24:00"}
  per_person: 0
  concurrency: 1000
  per_second: 1000
)";

struct Options {
  double minutes = 0;
  int kills = 0;
  unsigned seed = 1;
};

test::Faults faults(unsigned seed) {
  return {.seed = seed,
          .drop_before = 2,
          .drop_after = 3,
          .broken_before = 2,
          .broken_after = 2,
          .html_after = 2,
          .rate_limited = 6,
          .busy = 4,
          .refused = 6,
          .slow_ms = 100};
}

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

[[noreturn]] void amiss(const std::string& what) { throw std::runtime_error(what); }

/// While it lives, engines start with maps that are too small and grow all the time: see support/small_map.c.
class SmallMaps {
 public:
  explicit SmallMaps(bool wanted) {
    if (!wanted) return;
    setenv("LD_PRELOAD", HOOKSWITCH_BINARY_DIR "/tests/libsmall_map.so", 1);
    setenv("HOOKSWITCH_SMALL_MAP", "262144 0 never", 1);
  }
  ~SmallMaps() {
    unsetenv("LD_PRELOAD");
    unsetenv("HOOKSWITCH_SMALL_MAP");
  }
};

class Torture {
 public:
  explicit Torture(const Options& options)
      : options_(options),
        random_(options.seed),
        provider_(faults(options.seed)),
        engine_(kConfig, "", provider_.url()),
        load_(engine_, provider_, ledger_) {
    std::filesystem::copy(HOOKSWITCH_SOURCE_DIR "/tests/torture/torture.lua", rule_file());
  }

  void run() {
    auto end = Clock::now() +
               std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.minutes * 60));
    while (kills_ < options_.kills || Clock::now() < end) {
      round();
      if (kills_ % kKillsPerLook == 0) look();
    }
    finish();
  }

  std::string summary() const {
    return fmt::format(
        "{} kills, {} deliveries acknowledged, {} different ones in the log, {} calls asked for, {} placed", kills_,
        ledger_.acknowledged_count(), ledger_.distinct_in_log(), load_.actions().size(), provider_.placed().size());
  }

 private:
  int dice(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::string data_dir() const { return engine_.dir().path() + "/data"; }
  std::string rule_file() const { return engine_.rules_dir() + "/torture.lua"; }

  void round() {
    const SmallMaps small(dice(3) == 0);
    if (dice(6) == 0) {  // the kill falls into the start
      engine_.launch();
      pause_ms(dice(120));
    } else {
      engine_.start();
      load_.resume();
      pause_ms(dice(500));
      disturb();
      pause_ms(dice(150));
    }
    if (dice(8) == 0) {  // into the end
      kill(engine_.pid(), SIGTERM);
      pause_ms(dice(60));
    }
    kill_and_read();
  }

  // Something that writes much or changes what is in use, so that the kill falls into it.
  void disturb() {
    switch (dice(4)) {
      case 0:
        std::ofstream(rule_file(), std::ios::app) << "-- " << kills_ << "\n";
        break;
      case 1:
        kill(engine_.pid(), SIGHUP);
        break;
      case 2:
        backup();
        break;
      default:
        break;
    }
  }

  // Beside the running engine, and killed with it.
  void backup() {
    std::string command = fmt::format("timeout -s KILL 0.{} {}/hookswitch -c {} backup {}/backup >/dev/null 2>&1 &",
                                      1 + dice(5), HOOKSWITCH_BINARY_DIR, engine_.config_file(), engine_.dir().path());
    if (std::system(command.c_str()) != 0) amiss("could not run " + command);
  }

  void kill_and_read() {
    kill(engine_.pid(), SIGKILL);  // in the middle of whatever anybody does
    load_.pause();
    engine_.kill_hard();
    ++kills_;
    ledger_.check_log(data_dir());
  }

  // What the API says against what the log holds; nobody sends anything meanwhile.
  void look() {
    engine_.start();
    check_effects();
    kill_and_read();
    fmt::print(stderr, "{}\n", summary());
  }

  void check_effects() {
    if (!engine_.settle()) amiss("the engine does not come to the end of its log");
    auto counted = static_cast<size_t>(sum_of("torture"));
    if (counted != ledger_.distinct_in_log()) {
      amiss(fmt::format("DOUBLED OR LOST: the log holds {} different deliveries, and {} were counted",
                        ledger_.distinct_in_log(), counted));
    }
    Json dead = engine_.api("/dead");
    if (!dead["data"].empty()) amiss("dead letters: " + dump(dead));
    for (const auto& [action, times] : provider_.placed()) {
      if (times > 1) amiss(fmt::format("RUNG TWICE: action {} was carried out {} times", action, times));
    }
    if (auto complaints = load_.complaints(); !complaints.empty()) amiss(complaints.front());
  }

  double sum_of(const std::string& kpi) {
    double sum = 0;
    Json rows = engine_.api(fmt::format("/kpis?name={}&period=month&from=2024-01-01&to=2030-01-01", kpi));
    for (const Json& row : rows["data"]) sum += row.value("value", 0.0);
    return sum;
  }

  void finish() {
    engine_.start();
    load_.finish();
    load_.resume();
    wait_for_actions();
    load_.pause();
    kill_and_read();
    engine_.start();
    check_effects();
    check_calls();
    if (int code = engine_.stop(); code != 0) amiss(fmt::format("SIGTERM: the engine ended with {}", code));
    std::string report;
    if (engine_.run("fsck", &report) != 0) amiss("fsck: " + report);
  }

  void wait_for_actions() {
    auto end = Clock::now() + (options_.minutes >= 1 ? Clock::duration(kPatience) : std::chrono::seconds(20));
    while (!all_ended() && Clock::now() < end) pause_ms(200);
    for (const std::string& id : load_.actions()) {
      std::string status = status_of(id);
      bool done = provider_.placed_of(id) == 1;
      if (done && status != "done") amiss(fmt::format("action {} was carried out and is {}", id, status));
      if (!done && status == "done") amiss(fmt::format("action {} is done and was not carried out", id));
      if (status.empty()) amiss(fmt::format("LOST: action {} is unknown to the API", id));
    }
  }
  bool all_ended() {
    if (!load_.everything_reported()) return false;
    auto actions = load_.actions();
    return std::ranges::all_of(actions, [&](const std::string& id) {
      std::string status = status_of(id);
      return status == "done" || status == "failed" || status == "held" || status == "unknown";
    });
  }
  std::string status_of(const std::string& action) { return engine_.api("/actions/" + action).value("status", ""); }

  void check_calls() {
    for (const std::string& id : ledger_.sample(kCallsLookedAt)) {
      std::string call = Load::call_of(id);
      if (!engine_.api("/calls/" + call).contains("id")) amiss("LOST: the API knows no call " + call);
    }
  }

  Options options_;
  std::mt19937 random_;
  int kills_ = 0;
  Ledger ledger_;
  test::FakeProvider provider_;
  test::EngineProcess engine_;
  Load load_;
};

int run(const Options& options) {
  fmt::print(stderr, "torture: seed {}\n", options.seed);
  Torture torture(options);
  try {
    torture.run();
  } catch (const std::exception& error) {
    fmt::print("AMISS after {} (seed {}): {}\n", torture.summary(), options.seed, error.what());
    return 1;
  }
  fmt::print("{}: 0 acknowledged lost, 0 effects doubled, nobody rung twice\n", torture.summary());
  return 0;
}

}  // namespace
}  // namespace hookswitch::torture

int main(int argc, char** argv) {
  CLI::App app("Kills the engine under load, again and again, and checks its promises.");
  hookswitch::torture::Options options;
  app.add_option("--minutes", options.minutes, "go on for so long");
  app.add_option("--kills", options.kills, "and at least until so many kills")->default_val(10);
  app.add_option("--seed", options.seed, "of the moments and the faults")->default_val(20261121);
  CLI11_PARSE(app, argc, argv);
  return hookswitch::torture::run(options);
}
