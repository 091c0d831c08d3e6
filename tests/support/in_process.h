// Log, state, plugins, rules and processor in one process and a temporary directory: records in, state out.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/log/blobs.h"
#include "engine/processor/processor.h"
#include "tests/support/temp_dir.h"

namespace hookswitch::test {

class InProcess {
 public:
  /// `rules_dir` "": the project's own. The sources are `elevenlabs` and `twilio`, the tenants B1/L1 (agent "xyz",
  /// Europe/Bucharest) and B2/L1 (number +14155550199, America/New_York). What ran is kept of `keep_traces` events.
  explicit InProcess(const std::string& rules_dir = "", uint64_t keep_traces = limits::kTracesKept);
  ~InProcess();

  /// Appends a delivery as intake would; returns its sequence.
  uint64_t deliver(const std::string& source, const std::string& kind, const std::string& body, int64_t time_ms = 0);
  uint64_t command(const std::string& name, const Json& body);
  /// Waits until everything in the log is processed.
  void settle();
  /// Puts the rules of a directory in force, and waits until they are.
  void use_rules(const std::string& rules_dir);
  /// There is to be such a source, whose plugin is not loaded. Before anything is delivered.
  void configure(const std::string& source) { configured_.insert(source); }
  /// Stops the processor and starts another on the same stores.
  void restart();

  Store& store() { return *store_; }
  Log& log() { return *log_; }
  Answers& answers() { return answers_; }
  Processor& processor() { return *processor_; }
  ManualClock& clock() { return clock_; }
  Providers& providers() { return providers_; }
  Sources& sources() { return sources_; }
  const Decoder& decoder() const { return *decoder_; }
  const Directory& directory() const { return directory_; }
  /// Before anything is delivered.
  void set_recordings(const RecordingPolicy& policy) { directory_.set_recordings(policy); }
  /// The source belongs to one tenant as a whole, but for what is configured to be another's.
  void set_owner(const std::string& source, const std::string& tenant);
  void set_retention(const RetentionPolicy& policy) { directory_.set_retention(policy); }
  const TempDir& dir() const { return dir_; }

  /// All calls, activity, KPI rows and dead letters as one JSON value, without what depends on arrival.
  Json state();
  Json call(const std::string& any_id);

 private:
  void start();

  TempDir dir_;
  ManualClock clock_{1'766'100'000'000};
  Metrics metrics_;
  ProcessMetrics process_metrics_{metrics_};
  Answers answers_{clock_};
  Providers providers_;
  Sources sources_;
  Directory directory_;
  std::string rules_dir_;
  std::set<std::string, std::less<>> configured_;
  uint64_t keep_traces_;
  std::unique_ptr<Blobs> blobs_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<Processor> processor_;
};

}  // namespace hookswitch::test
