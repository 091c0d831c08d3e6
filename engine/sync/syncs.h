// The sync thread: carries out one sync after another, asks for those whose time has come, and after the engine was
// down for a while asks every source what it missed.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "engine/config/config.h"
#include "engine/config/cron.h"
#include "engine/sync/sync_run.h"

namespace hookswitch {

struct SyncOptions {
  std::map<std::string, SyncConfig> sources;  // of each configured source, also where nothing was said
  std::string alive_file;                     // its time says when an engine last ran; ""
};

class Syncs {
 public:
  Syncs(SyncParts parts, SyncOptions options);
  ~Syncs();  // stop()

  void start();
  /// What is under way goes on at the next start. The log must still take records.
  void stop();
  /// [any] The processor has committed. Cheap.
  void wake() { bell_.ring(); }

 private:
  struct Schedule {
    std::string source, timezone;
    Cron cron;
    std::optional<int64_t> next_ms;
  };

  void run();
  void wait_for_processor();
  void ask_after_downtime();
  void ask_scheduled();
  void ask(const std::string& source, const char* by);
  bool can_list(const std::string& source) const;
  void touch();
  int64_t wait_ms() const;
  std::optional<Sync> next_unfinished() const;

  const SyncParts parts_;
  const SyncOptions options_;
  Bell bell_;
  std::vector<Schedule> schedules_;
  int64_t touched_ms_ = 0;
  std::thread thread_;
};

}  // namespace hookswitch
