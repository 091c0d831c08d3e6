#include "engine/workbench/made_source.h"

#include <algorithm>

namespace hookswitch {
namespace {

constexpr const char* kMark = ":made";  // no provider sends a header of this name

bool is_made(const DecodeInput& input) {
  return std::ranges::any_of(*input.headers, [](const auto& header) { return header.first == kMark; });
}

DecodedEvent made_event(const Json& event) {
  DecodedEvent out;
  out.id = event.value("id", "");
  out.type = event.value("type", "");
  out.subject = event.value("subject", "");
  out.time_ms = event.value("time", int64_t{0});
  out.data = dump(event.value("data", Json::object()));
  out.raw = event.contains("raw") ? dump(event.at("raw")) : "";
  out.wants_reply = event.value("wants_reply", false);
  return out;
}

// What a rule said, where there is no provider that has its own form for it.
RenderedReply plain(const Json& reply) {
  if (reply.contains("json")) return {200, "application/json", dump(reply.at("json"))};
  if (reply.contains("twiml")) return {200, "text/xml", reply.value("twiml", "")};
  return {reply.value("status", 200), reply.value("content_type", "text/plain"), reply.value("body", "")};
}

}  // namespace

NewRecord MadeSource::record(const std::string& source, int64_t arrived_ms, const Json& event) {
  NewRecord record;
  record.time_ms = arrived_ms;
  record.source = source;
  record.headers = {{kMark, "event"}};
  record.body = dump(event);
  return record;
}

Result<Verdict> MadeSource::verify(const DeliveryRequest& request) const {
  if (real_) return real_->verify(request);
  return Verdict{.kind = Verdict::Kind::accept};
}

Result<std::vector<DecodedEvent>> MadeSource::decode(const DecodeInput& input) const {
  if (is_made(input)) return std::vector{made_event(parse_json(input.body))};
  if (real_) return real_->decode(input);
  return fail(Code::invalid, "decode a delivery to \"{}\": it has no provider, expected made-up events only", name_);
}

Result<RenderedReply> MadeSource::render(const DecodedEvent& event, std::string_view reply) const {
  return real_ ? real_->render(event, reply) : plain(parse_json(reply));
}

std::vector<std::string> MadeSource::action_types() const {
  if (real_) return real_->action_types();
  return name_.empty() ? std::vector<std::string>() : std::vector<std::string>{"call", "sms", "end_call"};
}

RenderedReply MadeSource::default_reply(const DeliveryRequest& request) const {
  return real_ ? real_->default_reply(request) : RenderedReply{200, "application/json", "{\"success\":true}"};
}

}  // namespace hookswitch
