#include "engine/providers/checks.h"

#include <simdjson.h>

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/providers/field_checks.h"
#include "engine/providers/known_part.h"
#include "engine/providers/text.h"

namespace hookswitch {

namespace {

constexpr size_t kRawBytes = 2 * limits::kBodyBytes;  // an event's raw object: a body, perhaps with numbers rewritten

std::string wrong_verdict(const hookswitch_verdict& verdict) {
  if (verdict.kind < HOOKSWITCH_ACCEPT || verdict.kind > HOOKSWITCH_ANSWER) {
    return fmt::format("the verdict's kind is {}, expected {} to {}", verdict.kind, HOOKSWITCH_ACCEPT,
                       HOOKSWITCH_ANSWER);
  }
  std::string wrong = wrong_fields({{"code", verdict.code, kCodeBytes},
                                    {"reason", verdict.reason, kSentenceBytes},
                                    {"key", verdict.key, limits::kEventIdBytes},
                                    {"message", verdict.message, kSentenceBytes},
                                    {"content_type", verdict.content_type, kSentenceBytes},
                                    {"body", verdict.body, limits::kReplyBytes}});
  if (!wrong.empty() || verdict.kind == HOOKSWITCH_ACCEPT) return wrong;
  if (verdict.kind == HOOKSWITCH_ANSWER)
    return verdict.status ? wrong_status("an answer", verdict.status, 200, 299) : "";
  if (!is_label(to_view(verdict.code))) return "a refusal has no code of a-z, 0-9 and _, expected one for the metrics";
  return verdict.status ? wrong_status("a refusal", verdict.status, 400, 499) : "";
}

int default_status(int32_t kind) { return kind == HOOKSWITCH_REFUSE ? 401 : 200; }

std::string wrong_event(const Plugin& plugin, const hookswitch_event& event,
                        std::shared_ptr<const ParsedObject>& parsed) {
  std::string wrong = wrong_fields({{"id", event.id, limits::kEventIdBytes},
                                    {"type", event.type, limits::kEventIdBytes},
                                    {"subject", event.subject, limits::kEventIdBytes},
                                    {"data", event.data, limits::kEventDataBytes},
                                    {"raw", event.raw, kRawBytes}});
  if (!wrong.empty()) return wrong;
  if (event.id.size == 0) return "an event has no id, expected what makes two deliveries one";
  for (hookswitch_str text : {event.id, event.type, event.subject}) {
    if (!simdjson::validate_utf8(text.data, text.size)) return "id, type or subject is not UTF-8";
  }
  if (!plugin.may_emit(to_view(event.type))) {
    return fmt::format("the event type \"{}\" was not declared, expected one of the descriptor or {}.<anything>",
                       to_view(event.type), plugin.id());
  }
  if (event.time_ms < 0 || event.time_ms > kLastMs) return fmt::format("time_ms is {}", event.time_ms);
  return wrong_object("data", to_view(event.data), &parsed);
}

std::string wrong_signed(const hookswitch_signed& made) {
  if (std::string wrong = wrong_headers(made.headers, made.header_count); !wrong.empty()) return wrong;
  if (std::string wrong = wrong_field({"query", made.query, limits::kRequestLineBytes}); !wrong.empty()) return wrong;
  bool visible = std::ranges::all_of(to_view(made.query), [](char c) { return c > ' ' && c != '#' && c != 0x7F; });
  return visible ? "" : "query has characters that need to be escaped, expected a raw query";
}

std::string wrong_delivery(const hookswitch_delivery& delivery) {
  if (std::string wrong = wrong_headers(delivery.headers, delivery.header_count); !wrong.empty()) return wrong;
  std::string wrong = wrong_fields({{"kind", delivery.kind, kCodeBytes}, {"body", delivery.body, limits::kBodyBytes}});
  if (!wrong.empty()) return wrong;
  bool plain = std::ranges::all_of(to_view(delivery.kind), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!plain) return "kind has characters that do not belong in a path, expected a-z, 0-9, - and _";
  if (delivery.time_ms < 0 || delivery.time_ms > kLastMs) return fmt::format("time_ms is {}", delivery.time_ms);
  return "";
}

}  // namespace

Result<Verdict> checked_verdict(const Plugin& plugin, const hookswitch_verdict& theirs) {
  hookswitch_verdict verdict = known_part(theirs);
  if (std::string wrong = wrong_verdict(verdict); !wrong.empty()) return plugin.breach("verify", wrong);
  Verdict out;
  out.kind = verdict.kind == HOOKSWITCH_ACCEPT   ? Verdict::Kind::accept
             : verdict.kind == HOOKSWITCH_REFUSE ? Verdict::Kind::refuse
                                                 : Verdict::Kind::answer;
  out.status = verdict.status != 0 ? verdict.status : default_status(verdict.kind);
  out.code = to_view(verdict.code);
  out.reason = to_view(verdict.reason);
  out.key = to_view(verdict.key);
  out.wants_reply = verdict.wants_reply != 0;
  out.message = to_view(verdict.message);
  out.content_type = to_view(verdict.content_type);
  out.body = to_view(verdict.body);
  return out;
}

Result<DecodedEvent> checked_event(const Plugin& plugin, const hookswitch_event& theirs) {
  hookswitch_event event = known_part(theirs);
  DecodedEvent out;
  if (std::string wrong = wrong_event(plugin, event, out.parsed); !wrong.empty()) return plugin.breach("decode", wrong);
  out.id = to_view(event.id);
  out.type = to_view(event.type);
  out.subject = to_view(event.subject);
  out.time_ms = event.time_ms;
  out.data = to_view(event.data);
  out.raw = to_view(event.raw);
  out.wants_reply = event.wants_reply != 0;
  return out;
}

Result<RenderedReply> checked_reply(const Plugin& plugin, const char* hook, const hookswitch_reply& theirs) {
  hookswitch_reply reply = known_part(theirs);
  std::string wrong =
      wrong_fields({{"content_type", reply.content_type, kSentenceBytes}, {"body", reply.body, limits::kReplyBytes}});
  if (wrong.empty()) wrong = wrong_status("the reply", reply.status, 200, 599);
  if (!wrong.empty()) return plugin.breach(hook, wrong);
  return RenderedReply{reply.status, std::string(to_view(reply.content_type)), std::string(to_view(reply.body))};
}

Result<SignedRequest> checked_signed(const Plugin& plugin, const hookswitch_signed& theirs) {
  hookswitch_signed made = known_part(theirs);
  if (std::string wrong = wrong_signed(made); !wrong.empty()) return plugin.breach("sign", wrong);
  return SignedRequest{copied_headers(made.headers, made.header_count), std::string(to_view(made.query))};
}

Result<PlayedDelivery> checked_delivery(const Plugin& plugin, const hookswitch_delivery& theirs) {
  hookswitch_delivery delivery = known_part(theirs);
  if (std::string wrong = wrong_delivery(delivery); !wrong.empty()) return plugin.breach("play", wrong);
  return PlayedDelivery{std::string(to_view(delivery.kind)), copied_headers(delivery.headers, delivery.header_count),
                        std::string(to_view(delivery.body)), delivery.time_ms};
}

}  // namespace hookswitch
