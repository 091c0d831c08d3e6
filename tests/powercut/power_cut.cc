// Cuts the power thousands of times: the real engine is recorded once, under load; then the disk is made as it may have
// been at any moment, opened, and held to every promise.
//
//   power_cut [--cuts N] [--seed S] [--deliveries N] [--keep DIR] [--erase] [--encrypt] [--rebuild]
//
// The same seed makes the same load and chooses cuts alike. The engine is the real one, so its threads take their turns
// as they like; the disk of the first cut that breaks a promise is kept.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/powercut/image.h"
#include "tests/powercut/load.h"
#include "tests/powercut/recovery.h"

namespace hookswitch::powercut {
namespace {

namespace fs = std::filesystem;

struct Options {
  uint64_t cuts = 1'000, seed = 1;
  int deliveries = 1'000;
  bool erase = false, encrypt = false, rebuild = false;
  std::string keep = "powercut-failure";
};

struct Cut {
  uint64_t number;
  uint64_t events;
  Survival::Kind kind;
};

// Memory, when there is a file system in it: an image is written for each cut.
std::string fast_directory() {
  std::error_code ignored;
  return fs::is_directory("/dev/shm", ignored) ? "/dev/shm" : fs::temp_directory_path().string();
}

// Everything the recorded program wrote, or the recording proves nothing.
void compare_with_real(const Disk& disk, Image& image, const std::string& real) {
  Survival all(Survival::Kind::all, 0, 0, 0);
  image.write(disk.after_cut(all), all);
  for (const auto& entry : fs::recursive_directory_iterator(real)) {
    std::string path = entry.path().string().substr(real.size() + 1);
    if (!entry.is_regular_file() || path.ends_with("lock.mdb")) continue;
    if (test::read_file(entry.path()) != test::read_file(image.dir() + "/" + path))
      throw std::runtime_error("the recording does not have all of " + path);
  }
}

// The events since which changes may be lost: of those long before, most are temporary files that nobody syncs.
constexpr uint64_t kRecentEvents = 300;

class PowerCuts {
 public:
  explicit PowerCuts(Options options) : options_(std::move(options)), work_(fast_directory() + "/hookswitch-XXXXXX") {
    if (mkdtemp(work_.data()) == nullptr) throw std::runtime_error("cannot make a directory in " + fast_directory());
  }
  ~PowerCuts() {
    std::error_code ignored;
    fs::remove_all(work_, ignored);
  }

  int run() {
    record();
    Recording recording(work_ + "/recording");
    Facts facts = read_facts(recording);
    facts.body = load_->bodies();
    facts.erased_actions = load_->erased_actions();
    const auto phones = load_->forgotten();
    for (Facts::Forgotten& one : facts.forgotten) one.phone = phones.at(one.erasure);
    fmt::print("{} events; {} deliveries accepted, {} calls promised, {} placed, {} people forgotten\n",
               recording.events().size(), facts.accepted.size(), facts.promised.size(), facts.placed.size(),
               phones.size());
    check_worth(recording, facts);
    if (facts.accepted.size() != facts.body.size())
      throw std::runtime_error(fmt::format("{} deliveries were answered", facts.body.size()));
    cut_all(recording, std::move(facts));
    return failed_ == 0 ? 0 : 1;
  }

 private:
  void record() {
    load_ = std::make_unique<Load>(Load::Options{.seed = options_.seed,
                                                 .deliveries = options_.deliveries,
                                                 .erases = options_.erase,
                                                 .encrypted = options_.encrypt,
                                                 .rebuilds = options_.rebuild,
                                                 .recorder = HOOKSWITCH_WRITE_RECORDER,
                                                 .recording = work_ + "/recording"});
    load_->run();
  }

  // What was asked for has happened while it was recorded, or the cuts prove nothing of it; and with a key nothing that
  // people said was written in clear, not even for a moment.
  void check_worth(const Recording& recording, const Facts& facts) const {
    bool said = false, exchanged = false;
    for (const Event& event : recording.events()) {
      said = said || (event.kind == recorded_write && event.data.find(Load::kSaid) != event.data.npos);
      exchanged = exchanged || (event.kind == recorded_rename && event.offset == 1);
    }
    if (said == options_.encrypt)
      throw std::runtime_error(said ? "what people said was written in clear" : "nothing that people said was written");
    if (facts.forgotten.empty() == options_.erase) throw std::runtime_error("nobody was told who is forgotten");
    if (exchanged != options_.rebuild) throw std::runtime_error("no state that was made anew came into its place");
  }

  // Beside those by dice there are some wherever somebody begins to be forgotten: a clean run has to know the records
  // that will be gone.
  std::vector<Cut> choose(uint64_t events, const Facts& facts) const {
    std::mt19937_64 dice(options_.seed);
    std::vector<Cut> cuts;
    for (uint64_t i = 0; i < options_.cuts; ++i) {
      auto kind = static_cast<Survival::Kind>(dice() % static_cast<int>(Survival::Kind::count_));
      cuts.push_back({0, dice() % (events + 1), kind});
    }
    for (uint64_t erasure : facts.erasures) {
      for (uint64_t back = 0; back <= std::min<uint64_t>(erasure, 100); back += 10)
        cuts.push_back({0, erasure - back, Survival::Kind::all});
    }
    std::ranges::stable_sort(cuts, {}, &Cut::events);
    for (uint64_t i = 0; i < cuts.size(); ++i) cuts[i].number = i;
    return cuts;
  }

  void cut_all(const Recording& recording, Facts facts) {
    auto began = std::chrono::steady_clock::now();
    Image image(work_ + "/image");
    ConfigReading reading = load_config(load_->config_file());
    if (!reading.ok()) throw std::runtime_error(reading.errors.front());
    reading.config.data_dir = image.dir() + "/data";
    const std::vector<Cut> cuts = choose(recording.events().size(), facts);
    Recovery recovery(reading.config, work_ + "/clean", std::move(facts),
                      {.keys = !options_.encrypt, .feed = !options_.rebuild});
    Disk disk(load_->disk());
    uint64_t at = 0;
    auto apply_to = [&](uint64_t events) {
      for (; at < events; ++at) disk.apply(at, recording.events()[at]);
    };
    for (const Cut& cut : cuts) {
      apply_to(cut.events);
      uint64_t oldest = std::max(disk.oldest_pending(at), at - std::min(at, kRecentEvents));
      Survival survival(cut.kind, options_.seed ^ cut.number << 20, oldest, at);
      image.write(disk.after_cut(survival), survival);
      check(recovery, cut, survival);
    }
    apply_to(recording.events().size());
    compare_with_real(disk, image, load_->disk());
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    fmt::print("{} cuts, {} broken promises; {} records processed again; seed {}; {:.1f} s\n", cuts.size(), failed_,
               recovery.reprocessed(), options_.seed, took.count());
  }

  void check(Recovery& recovery, const Cut& cut, const Survival& survival) {
    try {
      recovery.check(cut.events);
    } catch (const Broken& broken) {
      if (++failed_ > 20) return;
      fmt::print("cut {} after event {}, {} of what was not synced ({}): {}\n", cut.number, cut.events, survival.name(),
                 survival.chosen(), broken.what);
      if (failed_ == 1) keep_image();
    }
  }

  void keep_image() const {
    std::error_code error;
    fs::remove_all(options_.keep, error);
    fs::copy(work_ + "/image", options_.keep, fs::copy_options::recursive, error);
    fs::copy(work_ + "/clean", options_.keep + "/clean", fs::copy_options::recursive, error);
    fmt::print("what it left is kept in {}\n", options_.keep);
  }

  const Options options_;
  std::string work_;
  std::unique_ptr<Load> load_;
  uint64_t failed_ = 0;
};

}  // namespace
}  // namespace hookswitch::powercut

int main(int argc, char** argv) {
  hookswitch::powercut::Options options;
  CLI::App app{"Cuts the power at any moment and checks what is left"};
  app.option_defaults()->take_last();  // scripts give theirs before those of who calls them
  app.add_option("--cuts", options.cuts, "how many");
  app.add_option("--seed", options.seed, "of the load and of the cuts");
  app.add_option("--deliveries", options.deliveries, "of the load that is recorded");
  app.add_flag("--erase", options.erase, "forget people meanwhile");
  app.add_flag("--encrypt", options.encrypt, "with a key: what lies on the disk is sealed");
  app.add_flag("--rebuild", options.rebuild, "make the state anew once");
  app.add_option("--keep", options.keep, "where the first broken disk is kept");
  CLI11_PARSE(app, argc, argv);
  if (options.erase) options.deliveries = std::min(options.deliveries, hookswitch::powercut::Load::kErasingDeliveries);
  spdlog::set_level(spdlog::level::off);  // dead letters are no news here
  try {
    return hookswitch::powercut::PowerCuts(options).run();
  } catch (const std::exception& e) {
    fmt::print(stderr, "power_cut: {}\n", e.what());
    return 2;
  }
}
