// What a list held, so that it is the event that the webhook would have made.
#include "plugins/lib/http_answers.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/json_write.h"
#include "plugins/lib/times.h"
#include "plugins/twilio/kind.h"
#include "plugins/twilio/normalize.h"
#include "plugins/twilio/provider.h"

namespace hookswitch::plugin::twilio {

namespace {

void write_id(JsonWriter& out, std::string_view kind, std::string_view id, std::string_view leg_sid = "") {
  out.open_object("external_ids");
  out.text(kind, id);
  out.text("leg_sid", leg_sid);
  out.close_object();
}

/// They write what was charged as a negative number, once they know it.
void write_price(JsonWriter& out, JsonValue row) {
  std::optional<double> price = row["price"].number();
  out.real("cost", price ? std::optional(-*price + 0.0) : std::nullopt);
  if (price) out.text("currency", row["price_unit"].text());
}

void write_row(JsonWriter& out, JsonValue row) {
  std::string_view status = row["status"].text();
  out.text("direction", call_direction(row["direction"].text()));
  out.text("status", call_status(status));
  out.text("from", row["from"].id());
  out.text("to", row["to"].id());
  out.text("caller_name", row["caller_name"].text());
  out.text("answered_by", row["answered_by"].text());
  out.flag("machine", is_machine(row["answered_by"].text()));
  out.integer("duration_secs", row["duration"].integer());
  out.integer("started_at", rfc2822_ms(row["date_created"].text()));
  if (status == "completed" || status == "in-progress") {
    out.integer("answered_at", rfc2822_ms(row["start_time"].text()));
  }
  if (is_final(status)) out.integer("ended_at", rfc2822_ms(row["end_time"].text()));
}

std::string call_data(JsonValue row) {
  JsonWriter out;
  out.open_object();
  write_id(out, "call_sid", row["sid"].id());
  write_row(out, row);
  out.close_object();
  return out.take();
}

/// Of the call that it is part of, which none of this is said of. `write` says what.
std::string leg_data(JsonValue row, void (*write)(JsonWriter&, JsonValue)) {
  JsonWriter out;
  out.open_object();
  write_id(out, "call_sid", row["parent_call_sid"].id(), row["sid"].id());
  out.open_object("leg");
  out.text("sid", row["sid"].id());
  write(out, row);
  out.close_object();
  out.close_object();
  return out.take();
}

/// What they charged is not in any webhook: an event of its own, whether or not the call's end was known already.
std::string price_data(JsonValue row) {
  JsonWriter out;
  out.open_object();
  write_id(out, "call_sid", row["sid"].id());
  write_price(out, row);
  out.close_object();
  return out.take();
}

std::string message_data(JsonValue row, bool inbound) {
  JsonWriter out;
  out.open_object();
  write_id(out, "message_sid", row["sid"].id());
  out.text("direction", inbound ? "inbound" : "outbound");
  out.text("from", row["from"].id());
  out.text("to", row["to"].id());
  out.open_object("message");
  out.text("sid", row["sid"].id());
  out.text("body", row["body"].text());
  out.text("status", row["status"].text());
  out.text("error_code", row["error_code"].id());
  out.close_object();
  write_price(out, row);
  out.close_object();
  return out.take();
}

/// Before the end, for rules that ask at the end who was reached. It has the time of the call's
/// beginning: what is said in the call stands above it then, as it does above their callback, which names no time.
Outcome<void> emit_machine(const Event& end, JsonValue row, const Emit& emit) {
  std::string_view who = row["answered_by"].text();
  if (!is_id(who)) return {};
  Event event = end;
  event.id = end.subject + ":amd:" + std::string(who);
  event.type = "call.machine";
  event.time_ms = rfc2822_ms(row["date_created"].text()).value_or(0);
  event.data = machine_data(row["sid"].id(), who, "");
  return emit(event);
}

/// The row itself, which no callback makes: so when a call began and was answered is known also where a callback told
/// of its end before.
Outcome<void> emit_listed(const Event& call, JsonValue row, const Emit& emit) {
  Event event = call;
  event.id = listed_id(call.subject, row["status"].text());
  event.type = "twilio.call";
  event.time_ms = rfc2822_ms(row["date_created"].text()).value_or(0);
  return emit(event);
}

/// The events of a leg have the ids that those of a call of its own would have.
Outcome<void> emit_leg(JsonValue row, std::string_view raw, const Emit& emit) {
  std::string sid = row["sid"].id();
  std::string parent = row["parent_call_sid"].id();
  std::string_view status = row["status"].text();
  bool final = is_final(status);
  Event event{.id = sid + ":" + std::string(status), .type = "twilio.leg", .subject = parent};
  if (!final) event.id = listed_id(sid, status);
  event.time_ms = rfc2822_ms(row[final ? "end_time" : "date_created"].text()).value_or(0);
  event.data = leg_data(row, write_row);
  event.raw = raw;
  if (auto emitted = emit(event); !emitted || !final || !row["price"].number()) return emitted;
  event.id = sid + ":price";
  event.type = "twilio.leg_price";
  event.data = leg_data(row, write_price);
  return emit(event);
}

Outcome<void> emit_call(JsonValue row, std::string_view raw, const Emit& emit) {
  std::string sid = row["sid"].id();
  std::string_view status = row["status"].text();
  Event event{.id = sid + ":" + std::string(status), .type = "call.ended", .subject = sid};
  event.data = call_data(row);
  event.raw = raw;
  if (!is_final(status)) return emit_listed(event, row, emit);
  event.time_ms = rfc2822_ms(row["end_time"].text()).value_or(0);
  if (auto emitted = emit_machine(event, row, emit); !emitted) return emitted;
  if (auto emitted = emit(event); !emitted) return emitted;
  if (auto emitted = emit_listed(event, row, emit); !emitted || !row["price"].number()) return emitted;
  event.id = sid + ":price";
  event.type = "twilio.price";
  event.data = price_data(row);
  return emit(event);
}

Outcome<void> emit_message(JsonValue row, std::string_view raw, const Emit& emit) {
  std::string sid = row["sid"].id();
  bool inbound = row["direction"].text() == "inbound";
  Event event{.id = sid + ":" + std::string(inbound ? "received" : id_word(row["status"].text())),
              .type = inbound ? "message.received" : "message.status",
              .subject = sid};
  event.time_ms = rfc2822_ms(row["date_sent"].text()).value_or(0);
  event.data = message_data(row, inbound);
  event.raw = raw;
  return emit(event);
}

}  // namespace

Outcome<void> Provider::decode_import(const Record& record, const Emit& emit) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> root = reader.parse(record.body);
  if (!root) return std::unexpected(root.error());
  if (!is_id((*root)["sid"].id())) return std::unexpected("read what a list held: found no sid, expected one");
  if (record.kind == "messages") return emit_message(*root, reader.text(), emit);
  const bool leg = is_leg((*root)["direction"].text(), (*root)["parent_call_sid"].id());
  return leg ? emit_leg(*root, reader.text(), emit) : emit_call(*root, reader.text(), emit);
}

}  // namespace hookswitch::plugin::twilio
