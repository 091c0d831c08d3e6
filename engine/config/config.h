// The configuration as plain values, read from YAML and validated whole before anything starts.
//
// Everything has a default but `sources`. What is wrong is reported all at once, each as `file:line: what: found ...,
// expected ...`; an unknown key is an error. Values may hold references, `${env:NAME}` and `${file:/path}`, which are
// resolved here and nowhere else: what is in a Config may be a secret and is never printed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/logging.h"
#include "engine/calling/policy.h"
#include "engine/config/secrets.h"
#include "engine/sealing/keys.h"

namespace hookswitch {

struct HttpsConfig {
  std::string address;  // "0.0.0.0:8443"
  std::string cert;     // file names, PEM
  std::string key;
};

struct ListenConfig {
  std::string http = "127.0.0.1:8080";  // "" when it is `off`
  std::optional<HttpsConfig> https;
  int threads = 1;                           // event loops
  bool insecure = false;                     // others may reach `http`
  std::vector<std::string> trusted_proxies;  // addresses and networks whose X-Forwarded-For is believed
};

enum class RulesReload { watch, signal, off };

/// What the tests of changed rules do before they rule: nothing, warn when one fails, or keep the rules out.
enum class RuleTestMode { off, warn, block };

struct RulesConfig {
  std::string dir = "rules";
  RulesReload reload = RulesReload::watch;  // when files change, at SIGHUP, or never
  RuleTestMode tests = RuleTestMode::warn;
};

struct TraceConfig {
  uint64_t keep = limits::kTracesKept;  // events whose run is kept as it was; 0: none
};

/// One account of a provider. What this engine does not know is the plugin's business.
struct SourceConfig {
  std::string name;
  std::string provider;
  std::string tenant;  // "" unless all of it belongs to one
  Json settings;       // object for the plugin, references resolved: holds secrets
  int line = 0;        // where it stands, for what the plugin has to say about it
};

/// An extra path for an existing webhook URL.
struct RouteConfig {
  std::string path;
  std::string source;
  std::string kind;  // what would follow /hooks/<source>/; "" when the plugin finds out itself
  int line = 0;
};

struct TenantConfig {
  std::string id;  // "business/location"
  std::string name;
  std::string timezone = "UTC";                             // IANA
  std::string country;                                      // ISO 3166 alpha-2, or ""
  std::vector<std::pair<std::string, std::string>> agents;  // (source, agent id)
  std::vector<std::string> numbers;                         // E.164
  std::optional<Window> window;                             // when it calls out; nothing: as `calling` says
  Holidays holidays;                                        // beside those of `calling`
  int line = 0;
};

/// When and how much to call out.
struct CallingConfig {
  CallingPolicy policy;
  int concurrency = 5;  // calls of one source under way at once
  double per_second = 1;
};

/// How much one source is given to do, and how many calls and messages are begun in a second.
struct PaceConfig {
  int concurrency = 5;  // calls under way at once, until their end is heard; and requests
  double per_second = 1;
};

/// Requests to providers and sinks.
struct OutboundConfig {
  std::string proxy;    // "http://proxy:3128"; "": none
  std::string ca_file;  // PEM; "": the system's certificates
  int64_t timeout_ms = limits::kOutboundTimeoutMs;
  std::map<std::string, PaceConfig> sources;  // those that are not as `calling` says
};

/// Where rules emit records to: a file of JSON lines or a URL.
struct SinkConfig {
  std::string file;
  uint64_t rotate_bytes = limits::kSinkFileBytes;
  int keep = limits::kSinkFiles;  // rotated files beside the one in use
  std::string url;
  std::string secret;  // signs as Standard Webhooks say; "": unsigned
};

/// When a source is asked for what its webhooks missed, beside the times that people ask for it.
struct SyncConfig {
  std::string schedule;          // cron expression: minute hour day month weekday; "": never by itself
  std::string timezone = "UTC";  // IANA; of the schedule
  bool after_downtime = true;    // at the start of an engine that was down for a while
};

struct RetentionConfig {
  int64_t log_ms = 30 * 86'400'000LL;  // 0: for ever
  uint64_t log_bytes = 0;              // 0: no bound by size
  int64_t recordings_ms = 90 * 86'400'000LL;
  int64_t calls_ms = 0;        // with all that hangs on them
  int64_t transcripts_ms = 0;  // alone
  int64_t activity_ms = 0;
};

/// What is done about recordings of calls.
struct RecordingsConfig {
  bool always = false;              // fetched as soon as they are known, not only when somebody asks for one
  bool delete_at_provider = false;  // once ours is on disk
};

struct JwtKeyConfig {
  std::string kid;
  std::string alg;         // RS256 ... EdDSA, HS256 ...
  std::string public_key;  // PEM
  std::string secret;      // of HS256, HS384 and HS512, instead
};

struct JwtConfig {
  std::string issuer;
  std::vector<std::string> audiences;  // any of them
  std::vector<JwtKeyConfig> keys;
  std::string jwks_file;  // more keys, read again when it changes; "": none
  int64_t leeway_ms = limits::kJwtLeewayMs;
  std::string role_claim = "role";  // a name, or a JSON pointer
  std::string tenant_claim = "tenant";
  int line = 0;
};

/// At most so many at once, and so many in a second after that. 0 in a second: no bound.
struct RateConfig {
  double per_second = 0;
  double burst = 0;
};

struct RatesConfig {
  RateConfig failed_auth{10.0 / 60, 10};  // bad tokens of one client
  RateConfig refused_webhooks{5, 300};    // deliveries of one client to one source that are not authentic
  RateConfig token;                       // requests with one token
  RateConfig tenant;                      // requests with tokens bound to one tenant
  RateConfig source;                      // deliveries to one source
};

struct ApiConfig {
  std::vector<std::string> cors_origins;  // pages of these may read the API's answers; "*": of any
};

/// Bounds that an operator may change; the others are in base/limits.h.
struct LimitsConfig {
  uint64_t body_bytes = limits::kBodyBytes;
  uint64_t connections = limits::kConnections;
  uint64_t streams = limits::kStreams;
  uint64_t rule_memory_bytes = limits::kRuleMemoryBytes;
  uint64_t rule_steps = limits::kRuleSteps;
  int64_t reply_deadline_ms = limits::kReplyDeadlineMs;
  uint64_t lag_records = 0;    // unprocessed records beyond which intake answers 503; 0: never
  uint64_t map_log_bytes = 0;  // how far the log's file may grow; 0: the store's own bound
  uint64_t map_state_bytes = 0;
  RatesConfig rate;
};

struct LogConfig {
  std::string level = "info";
  LogFormat format = LogFormat::text;
};

/// Where providers' plugins are, and which of them run in processes of their own.
struct PluginsConfig {
  std::string dir = "plugins";
  bool isolate_all = false;
  std::set<std::string> isolated;         // providers, when it is not all of them
  std::map<std::string, int> isolations;  // those that are named there, with their lines
};

struct Config {
  std::string file;  // where it was read from
  ListenConfig listen;
  std::string public_url;  // without '/' at its end; by default made from listen
  std::string data_dir = "data";
  PluginsConfig plugins;
  RulesConfig rules;
  TraceConfig trace;
  std::vector<SourceConfig> sources;
  std::vector<RouteConfig> routes;
  std::vector<TenantConfig> tenants;
  CallingConfig calling;
  OutboundConfig outbound;
  std::map<std::string, SinkConfig> sinks;  // by name
  std::map<std::string, SyncConfig> syncs;  // by source
  RetentionConfig retention;
  RecordingsConfig recordings;
  std::optional<JwtConfig> jwt;
  ApiConfig api;
  std::shared_ptr<const Keys> encryption;  // what lies in data_dir is sealed; null: it is not
  LimitsConfig limits;
  LogConfig log;

  /// "config/hookswitch.yaml:12", to put in front of what a plugin says about a source.
  std::string place(int line) const;
};

/// What a file says and what is wrong with it. With errors the Config is incomplete: good only to find more errors.
struct ConfigReading {
  Config config;
  std::vector<std::string> errors;    // complete lines
  std::vector<std::string> warnings;  // the same
  bool ok() const { return errors.empty(); }
};

ConfigReading load_config(const std::string& path, const Environment& environment = process_environment());
ConfigReading load_config_text(const std::string& text, const std::string& file,
                               const Environment& environment = process_environment());

/// One setting of the file alone, whatever the rest of it says and without resolving any secret of it: for the verbs of
/// the command line that only look for the running engine or the plugins.
Result<std::string> data_dir_of(const std::string& path);
Result<PluginsConfig> plugins_of(const std::string& path);
/// Null when nothing is encrypted.
Result<std::shared_ptr<const Keys>> encryption_of(const std::string& path);

/// A sentence for each name in `plugins.isolation` that no source's provider and none of these has: it isolates nothing.
std::vector<std::string> isolation_of_nobody(const Config& config, const std::vector<std::string>& loaded);

}  // namespace hookswitch
