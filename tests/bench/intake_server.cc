// Intake without processing, for measuring: `bench_intake store DIR` appends and syncs as the engine does, `sealed` the
// same with a key, `bound` verifies and answers without storing. Prints its port, then serves until SIGTERM, then prints
// one JSON line: what it cost.
//   bench_intake store|sealed|bound DIR PLUGINS THREADS [slow-sync-microseconds]
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "engine/http/server.h"
#include "engine/ingest/ingest.h"

namespace hookswitch {
namespace {

// Says yes at once: what the rest of intake costs.
class NoLog final : public Log {
 public:
  Status append(NewRecord&, Done done) override {
    done(++seq_);
    return {};
  }
  Result<size_t> read(uint64_t, size_t, const Visit&,
                      const std::function<void(uint64_t, const Error&)>&) const override {
    return 0;
  }
  Result<size_t> read_backwards(uint64_t, size_t, const Visit&) const override { return 0; }
  Result<uint64_t> seq_at(int64_t) const override { return 0; }
  uint64_t last_seq() const override { return seq_; }
  uint64_t wait_beyond(uint64_t, int64_t) const override { return seq_; }
  void wake() const override {}
  void keep_from(uint64_t) override {}
  Result<bool> trim_step() override { return false; }
  Result<Redacted> redact_step(uint64_t, uint64_t end_seq, const Judge&) override {
    return Redacted{.next_seq = end_seq, .seqs = {}};
  }
  LogStats stats() const override { return {}; }
  void stop() override {}

 private:
  std::atomic<uint64_t> seq_{0};
};

/// Lets the log believe that everything is processed at once, as it nearly is in an engine that keeps up.
class Follower {
 public:
  explicit Follower(Log& log)
      : thread_([&log](const std::stop_token& stop) {
          for (; !stop.stop_requested(); std::this_thread::sleep_for(std::chrono::milliseconds(20))) {
            log.keep_from(log.last_seq() + 1);
          }
        }) {}

 private:
  std::jthread thread_;
};

double cpu_us(const timeval& used) {
  return 1e6 * static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_usec);
}

int64_t status_kb(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    int64_t kb = 0;
    if (word == name + ":" && status >> kb) return kb;
  }
  return 0;
}

void print_cost(std::vector<int64_t> commits_us) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  std::ranges::sort(commits_us);
  auto at = [&](double part) {
    return commits_us.empty() ? 0 : commits_us[static_cast<size_t>(part * static_cast<double>(commits_us.size() - 1))];
  };
  fmt::print(R"({{"user_us":{:.0f},"sys_us":{:.0f},"rss_anon_kb":{},"rss_file_kb":{},"commits":{},"commit_p50_us":{},)"
             R"("commit_p99_us":{},"commit_max_us":{}}})"
             "\n",
             cpu_us(used.ru_utime), cpu_us(used.ru_stime), status_kb("RssAnon"), status_kb("RssFile"),
             commits_us.size(), at(0.5), at(0.99), at(1));
}

int serve(const std::string& mode, const std::string& dir, const std::string& plugins, int threads,
          int64_t slow_sync_us) {
  SystemClock clock;
  Metrics metrics;
  IntakeMetrics intake(metrics, clock);
  Answers answers(clock);
  auto blobs = Blobs::open(dir + "/blobs");
  std::vector<int64_t> commits_us;
  commits_us.reserve(1'000'000);  // so that growing it is no part of what is measured
  LogOptions log_options{.dir = dir + "/log",
                         .blob_dir = dir + "/blobs",
                         .on_commit = [&](int64_t took_us) { commits_us.push_back(took_us); },
                         .keys = mode == "sealed" ? Keys::make(std::string(kKeyBytes, 'k')).value() : nullptr,
                         .slow_sync_us = slow_sync_us};
  auto log = mode == "bound" ? Result<std::unique_ptr<Log>>(std::make_unique<NoLog>()) : Log::open(log_options, clock);
  if (!blobs || !log) return fmt::print(stderr, "cannot open {}\n", dir), 1;
  Follower follower(**log);
  Providers providers;
  providers.load_dir(plugins);
  Sources sources;
  auto source = providers.create_source("elevenlabs", "elevenlabs", R"({"webhook_secret":"wsec_bench"})");
  if (!source) return fmt::print(stderr, "{}\n", source.error().message), 1;
  sources.put(*source);
  Routes routes;
  Ingest ingest({.public_url = "http://bench", .reply_deadline_ms = 3000}, routes, sources, **log, **blobs, answers,
                intake, clock);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  ServerOptions options;
  options.listeners = {{.address = "127.0.0.1:0"}};
  options.threads = threads;
  auto server = Server::start(options, ingest, clock);
  if (!server) return fmt::print(stderr, "{}\n", server.error().message), 1;
  fmt::print("{}\n", (*server)->ports().front());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->stop_accepting();
  (*log)->stop();
  (*server)->drain(1000);
  print_cost(commits_us);
  return 0;
}

}  // namespace
}  // namespace hookswitch

int main(int argc, char** argv) {
  if (argc < 5) {
    fmt::print(stderr, "usage: bench_intake store|sealed|bound DIR PLUGINS THREADS [slow-sync-us]\n");
    return 2;
  }
  return hookswitch::serve(argv[1], argv[2], argv[3], std::stoi(argv[4]), argc > 5 ? std::stoll(argv[5]) : 0);
}
