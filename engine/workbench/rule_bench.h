// What one rule test plays with: the engine's core over an empty scratch store, with a clock that the test moves.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/log/blobs.h"
#include "engine/state/dead.h"
#include "engine/workbench/memory_log.h"
#include "engine/workbench/stage.h"

namespace hookswitch {

/// One event that came about, and what the rules made of it.
struct BenchEvent {
  Event event;
  bool duplicate = false;
  std::string tenant;
  std::string call;                // our id, "" when it is about none
  Json effects = Json::array();    // as in a trace, but amounts in their own unit
  std::vector<std::string> rules;  // that ran, in their order
};

/// What came of one delivery, or of time going by.
struct BenchOutcome {
  std::vector<BenchEvent> events;  // of the delivery
  std::vector<BenchEvent> fired;   // of timers that came due before it
  std::optional<Answer> reply;     // what is sent to somebody who waits
  std::vector<DeadLetter> dead;    // that this made
};

class RuleBench {  // [one thread]
 public:
  struct Parts {
    const Providers& providers;
    const std::vector<std::shared_ptr<Source>>& sources;
    const std::vector<Tenant>& known_tenants;
    const Blobs& blobs;
    RuleSet& rules;
    std::string dir;  // of the scratch store; made, and removed with this object
    std::set<std::string> configured;  // names of the sources that stand in for no other; the rest are one per provider
  };
  static Result<std::unique_ptr<RuleBench>> open(Parts parts);
  ~RuleBench();

  // What is given.

  /// One of the configuration by its id.
  Status add_tenant(const std::string& id);
  /// {id, name?, timezone?, country?, numbers?, agents?, sources?}. `agents` are ids, of any source, or
  /// {source=, agent_id=}; `sources` belong to the tenant as a whole.
  Status add_tenant(const Json& tenant);
  /// {name, provider, settings?, tenant?}
  Status add_source(const Json& source);
  /// There are these and no others. Until it is said, whatever sink a rule names is there.
  void set_sinks(std::set<std::string, std::less<>> names);
  Status put_contact(const Json& contact);
  Status put_agent(const Json& agent);
  /// What POST /tasks takes; the task's id.
  Result<std::string> put_task(Json task);
  Status set_memory(const std::string& rule, const std::string& key, const Json& value);

  // What happens.

  int64_t now_ms() const { return now_ms_; }
  /// Sets the clock. Timers due until then fire, once something has happened; from then on it never goes back.
  Result<BenchOutcome> at(int64_t now_ms);
  /// `path` is what stands behind /hooks/ in the webhook's URL: "elevenlabs", "twilio/status".
  Result<BenchOutcome> deliver(const std::string& path, const std::string& content_type, std::string body,
                               const Headers& headers);
  /// {type, source?, provider?, id?, subject?, time?, call?, data?, raw?, wants_reply?}
  Result<BenchOutcome> event(Json event);
  /// Every dead letter once more: {redriven, failed, left}.
  Result<Json> redrive();

  // What became of it.

  Result<std::unique_ptr<Reader>> read();
  LocalZone zone_of(const std::string& tenant) const;
  /// Dead letters that the test has not asked for yet; asking for all clears them.
  std::vector<DeadLetter> unseen_dead() const;
  void saw_dead() { unseen_.clear(); }

 private:
  explicit RuleBench(Parts parts);
  Status start();
  Result<BenchOutcome> happen(const NewRecord& record);
  Status write(const std::function<Status(Writer&)>& change);
  void watch(const RecordView& record, const Event& event, const Evaluation& evaluation);
  Status find_dead_letters(BenchOutcome& outcome);
  std::string known_sources() const;
  void know_tenants();
  void offer_sources();
  Status own_source(const std::string& source, const std::string& tenant);

  Parts parts_;
  SystemClock clock_;
  Metrics metrics_;
  ProcessMetrics process_metrics_{metrics_};
  Sources sources_;
  std::set<std::string> source_names_;
  std::set<std::string> real_sources_;  // configured, or given by the test
  std::vector<Tenant> tenants_;
  std::unordered_map<std::string, std::string> source_tenants_;
  std::optional<std::set<std::string, std::less<>>> sinks_;
  Directory directory_;
  Decoder decoder_;
  MemoryLog log_;
  std::unique_ptr<Store> store_;
  std::optional<Stage> stage_;
  int64_t now_ms_;
  size_t made_ = 0;                                       // events made up so far
  std::vector<std::pair<uint64_t, BenchEvent>> watched_;  // with their records' sequences
  std::map<std::string, DeadLetter> dead_;                // by id, as of the last step
  std::set<std::string> unseen_;                          // ids of them
};

}  // namespace hookswitch
