#include "engine/processor/decode.h"

#include "engine/base/limits.h"
#include "engine/processor/large_body.h"

namespace hookswitch {
namespace {

constexpr size_t kLongString = 64 * 1024;  // of a large body in a file: longer strings stay there
constexpr size_t kDecodableBytes = 16 * 1024 * 1024;

Event timer_event(const RecordView& record) {
  Event event;
  std::string key(record.header(":key"));
  std::string due(record.header(":due"));
  event.id = "timer:" + key + ":" + due;
  if (std::string_view set_by = record.header(":set"); !set_by.empty()) event.id.append("@").append(set_by);
  event.type = "timer." + std::string(record.header(":name"));
  event.subject = key;
  event.time_ms = due.empty() ? record.time_ms : std::stoll(due);
  event.time_from_provider = true;
  event.data = std::string(record.body);
  return event;
}

Event to_event(DecodedEvent&& decoded, const RecordView& record, const Source& source) {
  Event event;
  event.id = std::move(decoded.id);
  event.type = std::move(decoded.type);
  event.subject = std::move(decoded.subject);
  event.source = source.name();
  event.provider = source.provider();
  event.time_from_provider = decoded.time_ms != 0;
  event.time_ms = event.time_from_provider ? decoded.time_ms : record.time_ms;
  event.data = std::move(decoded.data);
  event.raw = std::move(decoded.raw);
  event.parsed = std::move(decoded.parsed);
  event.wants_reply = decoded.wants_reply;
  return event;
}

// A short body lies in a file when memory had no room for it while it came in: it decodes into what it would have
// from its record.
Result<std::string> body_in_file(const Blobs& blobs, const RecordView& record) {
  if (record.blob_bytes <= limits::kInlineBodyBytes) return blobs.read(record.blob);
  auto blob = blobs.open_reader(record.blob);
  if (!blob) return std::unexpected(blob.error());
  return shorten_large_body(**blob, std::string(record.blob), kLongString, kDecodableBytes);
}

}  // namespace

Result<std::vector<Event>> Decoder::decode(const RecordView& record) const {
  if (record.erased) return std::vector<Event>();
  auto events = record.kind == RecordKind::timer ? Result<std::vector<Event>>(std::vector{timer_event(record)})
                                                 : decode_delivery(record);
  if (!events) return events;
  for (size_t i = 0; i < events->size(); ++i) {
    (*events)[i].seq = record.seq;
    (*events)[i].index = static_cast<uint32_t>(i);
  }
  return events;
}

Result<std::vector<Event>> Decoder::decode_delivery(const RecordView& record) const {
  auto source = sources_.find(record.source);
  if (!source) {
    return fail(Code::not_found,
                "decode record {}: found no source \"{}\", expected one of the configuration whose plugin is loaded",
                record.seq, record.source);
  }
  std::string from_file;
  std::string_view body = record.body;
  if (!record.blob.empty()) {
    auto read = body_in_file(blobs_, record);
    if (!read) return std::unexpected(read.error());
    from_file = std::move(*read);
    body = from_file;
  }
  Headers headers = record.headers();
  DecodeInput input{name(record.kind), record.header(":kind"), record.header(":path"), &headers, body, record.time_ms};
  auto decoded = source->decode(input);
  if (!decoded) return std::unexpected(decoded.error());
  std::vector<Event> events;
  events.reserve(decoded->size());
  for (auto& event : *decoded) events.push_back(to_event(std::move(event), record, *source));
  return events;
}

RenderedReply Decoder::default_reply(const RecordView& record) const {
  auto source = sources_.find(record.source);
  if (!source) return {200, "application/json", "{\"success\":true}"};
  Headers headers = record.headers();
  DeliveryRequest request;
  request.path = record.header(":path");
  request.query = record.header(":query");
  request.kind = record.header(":kind");
  request.headers = &headers;
  request.body = record.body;
  request.now_ms = record.time_ms;
  return source->default_reply(request);
}

Result<RenderedReply> Decoder::render(const Event& event, std::string_view reply) const {
  auto source = sources_.find(event.source);
  if (!source)
    return fail(Code::not_found, "render the answer to event {}: found no source \"{}\"", event.id, event.source);
  DecodedEvent decoded{event.id, event.type, event.subject, event.time_ms, event.data, event.raw, event.wants_reply};
  return source->render(decoded, reply);
}

NewRecord timer_record(const Timer& timer) {
  NewRecord record;
  record.kind = RecordKind::timer;
  record.time_ms = timer.due_ms;
  record.headers = {{":name", timer.name}, {":key", timer.key}, {":due", std::to_string(timer.due_ms)}};
  if (timer.set_by != 0) record.headers.emplace_back(":set", std::to_string(timer.set_by));
  record.body = timer.data;
  return record;
}

}  // namespace hookswitch
