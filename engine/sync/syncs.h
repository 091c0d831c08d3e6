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
  /// Whether the directory of that file and of the log is still ours: else nothing is asked for or fetched.
  std::function<bool()> in_place = [] { return true; };
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

  /// A source to be asked what it reported while nobody listened.
  struct Missed {
    int64_t since_ms = 0, ask_ms = 0;
    bool remembered = false;  // by the row of a sync that failed
  };

  void run();
  void wait_for_processor();
  void look_for_failed();
  void look_for_downtime();
  void note_failed(const Sync& sync, int64_t ask_ms);
  void ask_missed();
  void ask_scheduled();
  bool ask(const std::string& source, const char* by, std::optional<int64_t> since_ms = std::nullopt);
  bool can_list(const std::string& source) const;
  bool is_under_way(const std::string& source) const;
  void touch();
  int64_t wait_ms() const;
  std::optional<Sync> next_unfinished() const;

  const SyncParts parts_;
  const SyncOptions options_;
  Bell bell_;
  std::vector<Schedule> schedules_;
  std::map<std::string, Missed> missed_;
  int64_t touched_ms_ = 0;
  std::thread thread_;
};

}  // namespace hookswitch
