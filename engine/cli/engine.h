// The running engine: every part, built and connected. This file and its .cc are the map of the program.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/access/jwt.h"
#include "engine/access/rate_limits.h"
#include "engine/api/api.h"
#include "engine/api/command_log.h"
#include "engine/base/clock.h"
#include "engine/base/metrics.h"
#include "engine/cli/front.h"
#include "engine/cli/heartbeat.h"
#include "engine/cli/intake_rate.h"
#include "engine/cli/progress_watch.h"
#include "engine/cli/rule_watch.h"
#include "engine/cli/said_once.h"
#include "engine/cli/service.h"
#include "engine/config/config.h"
#include "engine/config/fingerprints.h"
#include "engine/doctor/doctor.h"
#include "engine/erasure/erasures.h"
#include "engine/http/server.h"
#include "engine/ingest/ingest.h"
#include "engine/log/blobs.h"
#include "engine/log/disk_reserve.h"
#include "engine/log/log.h"
#include "engine/outbox/dispatcher.h"
#include "engine/processor/processor.h"
#include "engine/providers/provider.h"
#include "engine/providers/sources.h"
#include "engine/recordings/recordings.h"
#include "engine/state/rule_versions.h"
#include "engine/state/store.h"
#include "engine/sync/syncs.h"

namespace hookswitch::cli {

/// Holds data/LOCK while it lives, so that a second engine on the same data is refused.
class DataLock {
 public:
  /// Makes the directory when it is missing. Errors: conflict (somebody holds it), io.
  static Result<DataLock> take(const std::string& data_dir);
  DataLock(DataLock&& other) noexcept;
  DataLock& operator=(DataLock&&) = delete;
  ~DataLock();

  /// Whether its file is still there: without it the directory was removed, replaced or moved away.
  bool in_place() const;

 private:
  DataLock(int fd, std::string file) : fd_(fd), file_(std::move(file)) {}
  int fd_;
  std::string file_;
};

LogOptions log_options(const Config& config);

/// The keys of the configuration and of its file. Errors: invalid, not_found.
Result<std::unique_ptr<JwtVerifier>> jwt_verifier(const JwtConfig& config);

/// Whether requests to the outside can be checked against it. Errors: invalid.
Status check_ca_file(const std::string& file);

constexpr int kBeatsMissed = 20;  // about ten seconds of silence

class Engine {  // [main]
 public:
  /// Listens on `sockets` where they are given, else where the configuration says.
  explicit Engine(Config config, InheritedSockets sockets = {})
      : config_(std::move(config)), sockets_(std::move(sockets)) {}
  ~Engine();

  /// Opens, loads, connects and listens. After an error the engine is only good to be destroyed.
  Status start();
  /// Looks for new plugins and keys; cheap, called about twice a second.
  void tick();
  /// Whether requests are still served; to be asked about as often as tick().
  bool well() { return heartbeat_->beat(kBeatsMissed); }
  /// Reads the configuration, rules and certificates again, whatever the files' times say. What a change of the
  /// configuration needs a restart for is named in the log; a configuration with errors changes nothing.
  void reload();
  /// Stops accepting, answers what is under way, commits, and stops.
  void stop();

  std::vector<uint16_t> ports() const { return server_->ports(); }

 private:
  void reload_config();
  std::optional<std::vector<std::shared_ptr<Source>>> remake_sources(const Config& fresh) const;
  std::vector<std::string> need_restart(const Config& fresh) const;
  Status open_stores();
  Status load_plugins();
  void make_sources();
  bool is_configured(std::string_view source) const;
  std::optional<int64_t> last_delivery_ms(const std::string& source) const;
  Status load_rules();
  Status open_doctor();
  Status open_outbox();
  Status open_access();
  void reload_keys();
  std::vector<Network> trusted_proxies() const;
  void connect();
  void connect_outbox();
  void connect_syncs();
  void connect_erasures();
  void connect_recordings();
  bool holds_blob(std::string_view blob) const;
  Status listen();
  Status write_cli_token();
  void let_cli_in();
  void look_for_plugins();
  void look_at_data_dir();
  ApiParts api_parts();
  Surroundings surroundings();
  void export_metrics();
  void trace(uint64_t seq, std::function<void(Result<Json>)> done);
  void eval(const Json& wish, std::function<void(Result<Json>)> done);
  Result<Json> eval_now(const Reader& reader, const Json& wish);
  Result<Event> event_to_eval(const Json& wish);
  std::vector<std::string> not_ready() const;
  std::vector<std::string> warnings() const;
  Json processor_status() const;
  Json rules_status() const;
  Json rules_refused() const;
  std::optional<RuleVersion> last_ruled() const;
  std::set<std::string> traced_rules() const;
  std::vector<Json> plugins_status() const;

  // In the order they are built; each refers only to earlier ones, so they go in the opposite order.
  Config config_;
  InheritedSockets sockets_;
  SystemClock clock_;
  Metrics metrics_;
  IntakeMetrics intake_metrics_{metrics_, clock_};
  ProcessMetrics process_metrics_{metrics_};
  std::unique_ptr<DataLock> lock_;
  std::unique_ptr<DiskReserve> reserve_;
  std::unique_ptr<Blobs> blobs_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Store> store_;
  Providers providers_;
  std::vector<SourceConfig> source_settings_;  // [main] in force, as they were read last
  Fingerprints read_;                          // [main] what the file said at the start
  Sources sources_;
  Directory directory_;
  Routes routes_;
  std::unique_ptr<Doctor> doctor_;
  std::unique_ptr<Answers> answers_;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<RuleSet> first_rules_;
  std::unique_ptr<RuleArchive> rule_archive_;
  std::unique_ptr<RuleWatch> rule_watch_;
  std::unique_ptr<RateLimits> rates_;
  std::unique_ptr<JwtVerifier> jwt_;
  std::unique_ptr<CommandLog> commands_;
  std::string cli_token_;
  bool cli_let_in_ = false;              // [main]
  std::atomic<bool> data_gone_{false};   // what would be written now is lost with this process
  SaidOnce cli_said_, plugins_said_;     // [main]
  std::atomic<bool> evaluating_{false};  // one evaluation at a time
  std::unique_ptr<Api> api_;
  std::unique_ptr<Processor> processor_;
  std::unique_ptr<HttpClient> http_client_;
  std::unique_ptr<Dispatcher> outbox_;
  std::unique_ptr<Syncs> syncs_;
  std::unique_ptr<Recordings> recordings_;
  std::unique_ptr<Erasures> erasures_;
  std::unique_ptr<Ingest> ingest_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Heartbeat> heartbeat_;
  ProgressWatch progress_;
  IntakeRate intake_rate_;
};

}  // namespace hookswitch::cli
