// What the API needs from the engine: references that outlive it, and functions for what lives on other threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/access/jwt.h"
#include "engine/access/rate_limits.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/metrics.h"
#include "engine/http/message.h"
#include "engine/log/blobs.h"
#include "engine/log/log.h"
#include "engine/rules/event.h"
#include "engine/state/store.h"
#include "engine/state/tasks.h"

namespace hookswitch {

/// A change somebody asked for: becomes a `command` record of the log.
struct Command {
  std::string name;  // "token.create", "dead.drop", "call.create", ...: see processor/command.h
  Json body;
  std::string by;   // id of the token, "jwt:" and the subject, or "cli"
  std::string key;  // Idempotency-Key: the same again within a day is answered as before and changes nothing; or ""
  std::string from = {};  // the client's address
};

/// Everything named is [any] and must not block, since the API runs on the threads of the HTTP server. Only `decode`
/// may take long, for it asks a plugin: it is for endpoints that are `slow`.
struct ApiParts {
  const Store& store;
  const Log& log;
  Metrics& metrics;
  const Clock& clock;

  /// The events a record decodes into now.
  std::function<Result<std::vector<Event>>(const RecordView&)> decode;
  /// One record step by step as the present rules would handle it; `done` is called on any thread.
  std::function<void(uint64_t seq, std::function<void(Result<Json>)> done)> trace;
  /// The same as it ran, of a record and what `decode` said of it. Errors: conflict (not processed yet), not_found (no
  /// longer kept).
  std::function<Result<Json>(const RecordView&, const Result<std::vector<Event>>& events)> ran;
  /// Lines of a rule on an event, as POST /eval takes them; `done` is called on any thread. Unset: not offered.
  std::function<void(Json wish, std::function<void(Result<Json>)> done)> eval = {};
  /// Appends the command; `done` is called on any thread when its effects are committed, or when they will not be.
  std::function<void(Command, std::function<void(Response)> done)> submit;
  /// Refused deliveries with what would accept each, of one source or "" for all, and taking them in: a choice of
  /// {"ids"}, {"source"} or {"all"}. `done` is called on any thread. Unset: they are not kept.
  std::function<void(std::string source, size_t count, std::function<void(Result<Json>)> done)> refusals = {};
  std::function<void(Json choice, std::function<void(Result<Json>)> done)> redrive_refusals = {};
  /// Why deliveries cannot be accepted now, sentences; none: they can.
  std::function<std::vector<std::string>()> not_ready;
  /// What a person should look at though they can, sentences.
  std::function<std::vector<std::string>()> warnings = [] { return std::vector<std::string>(); };
  /// Objects for GET /status, /plugins and /rules.
  std::function<Json()> processor_status;
  std::function<double()> records_per_second = [] { return 0.0; };  // that came in, lately
  std::function<Json()> outbox_status = [] { return Json::object(); };
  std::function<Json()> webhooks_status = [] { return Json::object(); };  // which are at risk of being switched off
  std::function<std::vector<Json>()> plugins;
  std::function<Json()> rules;
  /// IANA zone of a tenant, "UTC" when it is not known.
  std::function<std::string(const std::string& tenant)> timezone_of;
  /// ISO 3166 alpha-2, "" when it is not known.
  std::function<std::string(const std::string& tenant)> country_of = {};
  /// The next attempts of a task.
  std::function<Json(const Reader&, const Task&)> preview_task = {};

  /// Gets the recording of a call, once for all who ask. `done` is called on any thread: true when it was tried,
  /// whatever came of it (the call's row in state/recordings.h says), false when it takes longer than a client waits.
  /// Unset: not offered.
  std::function<void(std::string call_id, std::function<void(bool over)> done)> fetch_recording = {};
  std::function<Result<std::unique_ptr<BlobReader>>(std::string_view blob)> open_blob = {};

  /// Tokens of the operator's own identity provider; null: there are none.
  const JwtVerifier* jwt = nullptr;
  RateLimits* rates = nullptr;            // null: no bounds
  std::vector<std::string> cors_origins;  // pages of these may read the answers; "*": of any

  std::string version;         // of this program
  std::string cli_token_hash;  // sha256_hex of the token that lets this machine's own user in as admin; "": none
  int64_t heartbeat_ms = limits::kStreamHeartbeatMs;
};

}  // namespace hookswitch
