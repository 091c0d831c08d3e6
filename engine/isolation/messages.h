// What the engine and a plugin's process say to each other: the hooks, and the members of everything that goes with
// them.
//
// A question is a hook, the number of a source and what the hook takes. An answer is what was counted, what the plugin
// wrote to the log, and the hook's Result. Each lies in a frame: its length and the question's number, 4 bytes each.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/isolation/wire.h"
#include "engine/providers/plugin.h"
#include "engine/providers/provider.h"

namespace hookswitch {

enum class Hook : uint8_t {
  describe,  // → Result<PluginDescription>; before anything else
  create,    // name, settings → Status; the question's source number becomes this source
  drop,      // the source is not needed any more → Status
  verify,
  begin,   // number of the stream, request → Status
  update,  // number, piece → Status
  finish,  // number → Result<Verdict>
  abandon,
  decode,
  render,
  default_reply,
  build_action,
  parse_action,
  reconcile_action,
  match_action,
  build_query,
  read_page,
  sign,
  play,
};
template <>
inline constexpr Hook kLastOf<Hook> = Hook::play;
template <>
inline constexpr Verdict::Kind kLastOf<Verdict::Kind> = Verdict::Kind::answer;
template <>
inline constexpr ActionOutcome::Kind kLastOf<ActionOutcome::Kind> = ActionOutcome::Kind::denied;

/// The hook's name as the plugin interface has it, for errors.
constexpr const char* name(Hook hook) {
  constexpr std::array kNames{"describe", "create", "destroy", "verify",        "begin", "update", "finish",
                              "abandon",  "decode", "render",  "default_reply", "build", "parse",  "reconcile",
                              "match",    "build",  "read",    "sign",          "play"};
  return kNames[static_cast<size_t>(hook)];
}

/// One line that a plugin wrote to the log.
struct PluginLogLine {
  bool warning = false;
  std::string text;
};

/// What goes before the result in an answer.
struct AnswerHead {
  PluginCounters counted;  // while it was made
  std::vector<PluginLogLine> lines;
};

/// The number and length in front of each message, and the room that is left for them while it is written.
struct Frame {
  static constexpr size_t kBytes = 8;
  uint32_t length = 0;  // of what follows
  uint32_t number = 0;  // an answer has its question's

  static std::string room() { return std::string(kBytes, '\0'); }
  /// Fills in the room.
  static void close(std::string& message, uint32_t number) {
    auto length = static_cast<uint32_t>(message.size() - kBytes);
    std::memcpy(message.data(), &length, sizeof length);
    std::memcpy(message.data() + sizeof length, &number, sizeof number);
  }
  static Frame of(const char* bytes) { return {get_le<uint32_t>(bytes), get_le<uint32_t>(bytes + sizeof(uint32_t))}; }
};

template <class Wire>
void fields(Wire& wire, Either<PluginCounters> auto& v) {
  wire(v.calls, v.errors, v.breaches);
}

template <class Wire>
void fields(Wire& wire, Either<PluginLogLine> auto& v) {
  wire(v.warning, v.text);
}

template <class Wire>
void fields(Wire& wire, Either<AnswerHead> auto& v) {
  wire(v.counted, v.lines);
}

template <class Wire>
void fields(Wire& wire, Either<DisableRule> auto& v) {
  wire(v.failures, v.quiet_ms);
}

template <class Wire>
void fields(Wire& wire, Either<PluginDescription> auto& v) {
  wire(v.id, v.version, v.config_schema, v.abi_major, v.abi_minor, v.disable_rule);
  wire(v.event_types, v.action_types, v.sync_resources);
  wire(v.streams, v.replies, v.acts, v.reconciles, v.syncs, v.signs, v.plays);
}

/// Its headers go beside it: it only borrows them.
template <class Wire>
void fields(Wire& wire, Either<DeliveryRequest> auto& v) {
  wire(v.method, v.url, v.path, v.query, v.kind, v.body, v.now_ms, v.peer);
}

template <class Wire>
void fields(Wire& wire, Either<Verdict> auto& v) {
  wire(v.kind, v.code, v.reason, v.status, v.key, v.wants_reply, v.message, v.content_type, v.body);
}

/// Its headers go beside it: it only borrows them.
template <class Wire>
void fields(Wire& wire, Either<DecodeInput> auto& v) {
  wire(v.record_kind, v.kind, v.path, v.body, v.time_ms);
}

/// Without `parsed`, which each end has of its own.
template <class Wire>
void fields(Wire& wire, Either<DecodedEvent> auto& v) {
  wire(v.id, v.type, v.subject, v.time_ms, v.data, v.raw, v.wants_reply);
}

template <class Wire>
void fields(Wire& wire, Either<RenderedReply> auto& v) {
  wire(v.status, v.content_type, v.body);
}

template <class Wire>
void fields(Wire& wire, Either<SignedRequest> auto& v) {
  wire(v.headers, v.query);
}

template <class Wire>
void fields(Wire& wire, Either<PlayedDelivery> auto& v) {
  wire(v.kind, v.headers, v.body, v.time_ms);
}

template <class Wire>
void fields(Wire& wire, Either<HttpRequest> auto& v) {
  wire(v.method, v.url, v.headers, v.body, v.harmless);
}

template <class Wire>
void fields(Wire& wire, Either<HttpResponse> auto& v) {
  wire(v.status, v.headers, v.body);
}

template <class Wire>
void fields(Wire& wire, Either<ActionView> auto& v) {
  wire(v.id, v.type, v.params, v.hook_url, v.made_ms, v.sent_ms, v.attempt, v.now_ms, v.cursor);
}

template <class Wire>
void fields(Wire& wire, Either<ActionOutcome> auto& v) {
  wire(v.kind, v.retry_after_ms, v.code, v.reason, v.result, v.cursor);
}

template <class Wire>
void fields(Wire& wire, Either<SyncQuery> auto& v) {
  wire(v.resource, v.item, v.cursor, v.filter, v.from_ms, v.to_ms);
}

template <class Wire>
void fields(Wire& wire, Either<SyncItem> auto& v) {
  wire(v.id, v.time_ms, v.body, v.event_id, v.id_kind);
}

template <class Wire>
void fields(Wire& wire, Either<SyncPage> auto& v) {
  wire(v.items, v.next_cursor);
}

}  // namespace hookswitch
