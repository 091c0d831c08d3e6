// `hookswitch serve`: the engine in the foreground until SIGTERM or SIGINT; SIGHUP reads the configuration,
// rules and certificates again.
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <cstdio>

#include "engine/cli/descriptors.h"
#include "engine/cli/engine.h"
#include "engine/cli/print.h"
#include "engine/cli/service.h"
#include "engine/cli/verbs.h"

namespace hookswitch::cli {
namespace {

constexpr timespec kTick{0, 500'000'000};

// All threads inherit the mask, so signals wait for run() alone.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  return signals;
}

std::string ready_line(const Engine& engine) {
  return fmt::format("hookswitch {} is ready, ports {}", HOOKSWITCH_VERSION, fmt::join(engine.ports(), " "));
}

void run(Engine& engine, const sigset_t& signals) {
  while (true) {
    int signal = sigtimedwait(&signals, nullptr, &kTick);
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP) {
      tell_reloading();
      engine.reload();
      tell_ready(ready_line(engine));
    } else {
      engine.tick();
    }
    if (engine.well()) tell_well();
  }
}

int serve(const Context& context) {
  ConfigReading reading = load_config(config_path(context));
  for (const std::string& line : reading.warnings) fmt::print(stderr, "warning: {}\n", line);
  for (const std::string& line : reading.errors) fmt::print(stderr, "{}\n", line);
  if (!reading.ok()) return kFailed;
  if (auto set = set_up_logging(reading.config.log.level, reading.config.log.format); !set) return report(set.error());
  if (auto few = take_descriptors(reading.config.limits.connections); !few.empty()) spdlog::warn("{}", few);
  sigset_t signals = block_signals();
  std::string public_url = reading.config.public_url;
  Engine engine(std::move(reading.config), inherited_sockets());
  if (auto started = engine.start(); !started) return report(started.error());
  spdlog::info("{}, public URL {}", ready_line(engine), public_url);
  tell_ready(ready_line(engine));
  run(engine, signals);
  tell_stopping();
  spdlog::info("stopping: no new connections, finishing what is under way");
  engine.stop();
  return kDone;
}

}  // namespace

void add_serve(Verb& program, const Context& context) {
  auto verb = program.add_verb("serve", "run the engine in the foreground");
  verb.footer(
      "SIGTERM, SIGINT: finish and exit. SIGHUP: read the configuration, rules and certificates again; what of it "
      "needs "
      "a restart is named in the log.\nExample: hookswitch -c config/hookswitch.yaml serve");
  verb.runs([&context] { return serve(context); });
}

}  // namespace hookswitch::cli
