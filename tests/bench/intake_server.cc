// Intake without processing, for measuring: `bench_intake store DIR` appends and syncs as the engine does,
// `bench_intake bound` verifies and answers without storing. Prints its port, then serves until SIGTERM.
//   bench_intake store|bound DIR PLUGINS THREADS [slow-sync-microseconds]
#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <cstdio>
#include <string>

#include "engine/http/server.h"
#include "engine/ingest/ingest.h"

namespace hookswitch {
namespace {

// Says yes at once: what the rest of intake costs.
class NoLog final : public Log {
 public:
  Status append(NewRecord& record, Done done) override {
    record = {};
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
  LogStats stats() const override { return {}; }
  void stop() override {}

 private:
  std::atomic<uint64_t> seq_{0};
};

int serve(const std::string& mode, const std::string& dir, const std::string& plugins, int threads,
          int64_t slow_sync_us) {
  SystemClock clock;
  Metrics metrics;
  IntakeMetrics intake(metrics, clock);
  Answers answers(clock);
  auto blobs = Blobs::open(dir + "/blobs");
  LogOptions log_options{.dir = dir + "/log", .blob_dir = dir + "/blobs", .slow_sync_us = slow_sync_us};
  auto log = mode == "bound" ? Result<std::unique_ptr<Log>>(std::make_unique<NoLog>()) : Log::open(log_options, clock);
  if (!blobs || !log) return fmt::print(stderr, "cannot open {}\n", dir), 1;
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
  return 0;
}

}  // namespace
}  // namespace hookswitch

int main(int argc, char** argv) {
  if (argc < 5) {
    fmt::print(stderr, "usage: bench_intake store|bound DIR PLUGINS THREADS [slow-sync-us]\n");
    return 2;
  }
  return hookswitch::serve(argv[1], argv[2], argv[3], std::stoi(argv[4]), argc > 5 ? std::stoll(argv[5]) : 0);
}
