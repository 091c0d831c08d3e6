// Opens what a power cut left, as the engine would at its start, goes on to the log's end, and says which promise is
// broken.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/base/metrics.h"
#include "engine/config/config.h"
#include "engine/log/log.h"
#include "engine/workbench/configured.h"
#include "engine/workbench/stage.h"
#include "tests/powercut/facts.h"
#include "tests/powercut/state_hash.h"

namespace hookswitch::powercut {

/// A breach is thrown as one of these.
struct Broken {
  std::string what;
};

class Recovery {
 public:
  /// `config` is the recorded engine's, with the image's data directory. `scratch` is a directory for a second state:
  /// the one that a clean run over the same log makes.
  Recovery(const Config& config, const std::string& scratch, Facts facts, Compared compared);

  /// Checks the image after a cut at `events` events. Cuts come in their order.
  void check(uint64_t events);

  uint64_t reprocessed() const { return reprocessed_; }  // records, over all checks

 private:
  std::vector<uint64_t> group_ends() const;
  void check_log(const Log& log, uint64_t events);
  void check_record(const RecordView& record);
  void check_blob(const std::string& name);
  void check_forgotten(const Log& log, const Reader& reader, uint64_t events) const;
  void check_actions(const Reader& reader, uint64_t events) const;
  void check_appending(Log& log) const;
  void catch_up_clean(const Log& log, const std::vector<uint64_t>& ends);
  Stage stage_on(Store& store, const Log& log);
  void process(const Log& log, Stage& stage, uint64_t to);

  const Config config_;
  const Facts facts_;
  const Compared compared_;
  SystemClock clock_;
  Metrics metrics_;
  ProcessMetrics process_metrics_{metrics_};
  Configured configured_;
  std::unique_ptr<RuleSet> rules_;
  std::unique_ptr<Store> clean_;
  std::map<uint64_t, uint64_t> records_;         // a hash of each, by sequence
  std::map<std::string, uint64_t> sound_blobs_;  // looked at, with their file's inode
  std::map<uint64_t, StateHash> states_;         // of a clean run, at the ends of groups
  uint64_t first_ = 1, last_ = 0;                // of the present image
  uint64_t reprocessed_ = 0;
};

}  // namespace hookswitch::powercut
