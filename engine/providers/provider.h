// Providers as the engine sees them: plugins that were loaded, and the configured sources that use them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/parsed_object.h"

namespace hookswitch {

using HeaderList = std::vector<std::pair<std::string, std::string>>;  // names in lower case

/// One HTTP request to be verified. Everything is borrowed for the call.
struct DeliveryRequest {
  std::string_view method = "POST";
  std::string_view url;    // as the provider addressed us: public URL + path + "?" + raw query
  std::string_view path;   // "/hooks/twilio/voice"
  std::string_view query;  // raw, without '?'
  std::string_view kind;   // what follows /hooks/<source>/, or the route's kind, or ""
  const HeaderList* headers = nullptr;
  std::string_view body;
  int64_t now_ms = 0;
  std::string_view peer;
};

/// What a provider decided about a request.
struct Verdict {
  enum class Kind { accept, refuse, answer };
  Kind kind = Kind::refuse;
  std::string code;          // refuse: a metric label, such as "signature_mismatch"
  std::string reason;        // refuse: for the operator
  int status = 401;          // refuse: 4xx; answer: its own
  std::string key;           // accept: the ordering key where it cost nothing
  bool wants_reply = false;  // accept: rules decide the answer
  std::string message;       // accept: the "message" of the JSON answer; "" is the engine's own
  std::string content_type;  // answer; or, on accept with a body, the fixed answer instead of the JSON
  std::string body;
};

/// One record of the log to be decoded. Everything is borrowed for the call.
struct DecodeInput {
  std::string_view record_kind = "delivery";  // "delivery" or "import"
  std::string_view kind;                      // as in the request; of an import the resource
  std::string_view path;
  const HeaderList* headers = nullptr;
  std::string_view body;
  int64_t time_ms = 0;
};

/// What a record says, in words that are equal for all providers.
struct DecodedEvent {
  std::string id;
  std::string type;
  std::string subject;
  int64_t time_ms = 0;  // 0: the provider gave none
  std::string data;     // a JSON object: normalized fields, without `raw`
  std::string raw;      // JSON: the provider's own object
  bool wants_reply = false;
  std::shared_ptr<const ParsedObject> parsed;  // `data`; null when nobody has read it yet
};

struct RenderedReply {
  int status = 200;
  std::string content_type;
  std::string body;
};

/// What a provider would add to a request so that it is authentic.
struct SignedRequest {
  HeaderList headers;
  std::string query;  // replaces the request's raw query, in its URL too; "": the query stays
};

/// One request that a provider would make about a made-up call, before it is signed.
struct PlayedDelivery {
  std::string kind;    // what would follow /hooks/<source>/, or ""
  HeaderList headers;  // with the content type
  std::string body;
  int64_t time_ms = 0;  // when it would be sent
};

/// A request to a provider, as its plugin wrote it.
struct HttpRequest {
  std::string method = "GET";
  std::string url;     // absolute
  HeaderList headers;  // with credentials: never to be printed
  std::string body;
  bool harmless = false;  // sending it twice is as good as once
};

struct HttpResponse {
  int status = 0;
  HeaderList headers;
  std::string body;
};

/// What a plugin is told of an action. Everything is borrowed for the call.
struct ActionView {
  std::string_view id, type;
  std::string_view params;    // a JSON object
  std::string_view hook_url;  // where the provider reaches the source
  int64_t made_ms = 0;
  int64_t sent_ms = 0;  // the last attempt; 0: none
  int attempt = 1;
  int64_t now_ms = 0;       // when it is built, or when the answer that is read had arrived
  std::string_view cursor;  // match: the one that reconcile_action was given
};

/// What came of one attempt, or of looking for one.
struct ActionOutcome {
  enum class Kind { done, retry, failed, unknown, denied };
  Kind kind = Kind::unknown;
  int64_t retry_after_ms = 0;  // 0: the provider did not say
  std::string code, reason;
  std::string result;  // done: a JSON object, or ""
  std::string cursor;  // match: where to go on looking
};

/// What to ask of a provider's lists. Everything is borrowed for the call.
struct SyncQuery {
  std::string_view resource;
  std::string_view item;  // "" for a page of the list; of "recordings" also a call's external ids as a JSON object
  std::string_view cursor;
  std::string_view filter;  // a JSON object, or ""
  int64_t from_ms = 0, to_ms = 0;
};

struct SyncItem {
  std::string id;
  int64_t time_ms = 0;
  std::string body;      // "": fetch it
  std::string event_id;  // of what it would become, if the list tells
  std::string id_kind;   // which external id of a call `id` is, or ""
};

struct SyncPage {
  std::vector<SyncItem> items;
  std::string next_cursor;  // "" at the end
};

/// A request being verified while its body arrives. One thread at a time.
class StreamedVerify {
 public:
  virtual ~StreamedVerify() = default;
  /// After a failure further pieces are ignored and finish() returns the failure.
  virtual void update(std::string_view piece) = 0;
  /// Once.
  virtual Result<Verdict> finish() = 0;
};

/// When a provider switches a webhook off: after so many failed deliveries in a row, once the last success is so long
/// ago.
struct DisableRule {
  uint64_t failures = 0;  // 0: never
  int64_t quiet_ms = 0;
};

/// One configured account of a provider. Immutable, usable from any thread. [any]
class Source {
 public:
  virtual ~Source() = default;
  virtual const std::string& name() const = 0;
  virtual const std::string& provider() const = 0;

  virtual DisableRule disable_rule() const { return {}; }

  /// An error means that the plugin failed, never that the request is forged: that is a verdict.
  virtual Result<Verdict> verify(const DeliveryRequest& request) const = 0;

  virtual bool can_stream() const = 0;
  /// `request` without a body; only if can_stream(). Must not outlive the source. A failure shows in finish().
  virtual std::unique_ptr<StreamedVerify> begin_verify(const DeliveryRequest& request) const = 0;

  virtual Result<std::vector<DecodedEvent>> decode(const DecodeInput& input) const = 0;

  /// `reply` is JSON as the rule returned it: {"twiml":..}, {"json":..} or {"status":..,"body":..,"content_type":..}.
  virtual Result<RenderedReply> render(const DecodedEvent& event, std::string_view reply) const = 0;

  /// The answer when no rule gave one in time; plain 200 JSON where the provider has no opinion.
  virtual RenderedReply default_reply(const DeliveryRequest& request) const = 0;

  /// What it can be asked to do: "call", "sms"; none: it offers no actions.
  virtual std::vector<std::string> action_types() const { return {}; }
  /// An error is final: such an action can never be sent.
  virtual Result<HttpRequest> build_action(const ActionView& action) const;
  virtual Result<ActionOutcome> parse_action(const ActionView& action, const HttpResponse& response) const;
  /// The request that shows whether an attempt was carried out; an error where the provider cannot tell.
  virtual Result<HttpRequest> reconcile_action(const ActionView& action, std::string_view cursor) const;
  virtual Result<ActionOutcome> match_action(const ActionView& action, const HttpResponse& response) const;

  /// Lists it can page through: "conversations", "calls"; none: it offers no sync.
  virtual std::vector<std::string> sync_resources() const { return {}; }
  virtual Result<HttpRequest> build_query(const SyncQuery& query) const;
  virtual Result<SyncPage> read_page(const SyncQuery& query, const HttpResponse& response) const;

  /// Can it make requests that it would accept? For development and tests.
  virtual bool can_sign() const { return false; }
  /// An error where the provider would never make such a request, or cannot sign at all.
  virtual Result<SignedRequest> sign(const DeliveryRequest& request) const;

  /// Can it tell a made-up call as the provider would report it?
  virtual bool can_play() const { return false; }
  /// `story` is one call as a JSON object, see hookswitch_simulation; the same story gives the same deliveries.
  virtual Result<std::vector<PlayedDelivery>> play(std::string_view story) const;
};

/// What became of one file of the plugin directory.
struct LoadOutcome {
  std::string file;
  std::string provider;  // its id, "" if it was refused before it could say
  std::string version;
  std::string abi;                        // "1.0"
  std::vector<std::string> capabilities;  // extensions it offers, such as "hookswitch.reply/1"
  bool isolated = false;                  // it runs in processes of its own
  std::string refused;                    // "" when loaded, else one line: the file, found, expected
};

/// How often a plugin was called and what came of it, since it was loaded.
struct PluginCounters {
  uint64_t calls = 0;
  uint64_t errors = 0;    // it said so itself
  uint64_t breaches = 0;  // its result broke the contract
};

/// The processes of an isolated plugin.
struct PluginProcesses {
  std::vector<int> pids;  // of those that run now
  uint64_t restarts = 0;  // started in the place of one that had ended
};

struct PluginInfo {
  LoadOutcome loaded;
  PluginCounters counters;
  PluginProcesses processes;
  std::string config_schema;  // of its sources' settings, JSON Schema; "" when it gives none
};

class PluginHome;
/// How a plugin's file is opened, and so where its code runs. The error is one line: the file, found, expected. [main]
using PluginOpener = std::function<Result<std::shared_ptr<PluginHome>>(const std::string& file)>;

/// The plugins of this process. A loaded plugin stays until the process ends.
class Providers {
 public:
  Providers();
  ~Providers();
  Providers(const Providers&) = delete;
  Providers& operator=(const Providers&) = delete;

  /// Files are opened so from now on; without it they are loaded into this process. [main]
  void open_with(PluginOpener opener);

  /// Loads every *.so of `dir`, in the order of their names, and the plugins linked into the program. [main]
  std::vector<LoadOutcome> load_dir(const std::string& dir);

  /// Looks at the directory again and loads what is new there; files seen before are left alone. [main]
  std::vector<LoadOutcome> rescan();

  /// Loads one file. [main]
  LoadOutcome load_file(const std::string& file);

  /// `config` is the JSON text of the source's settings, secrets resolved. One at a time; others wait. [any]
  Result<std::shared_ptr<Source>> create_source(const std::string& name, const std::string& provider,
                                                const std::string& config) const;

  /// Everything that was looked at, refused files included. [any]
  std::vector<PluginInfo> list() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hookswitch
