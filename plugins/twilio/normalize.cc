#include "plugins/twilio/normalize.h"

#include <algorithm>
#include <optional>

#include "plugins/lib/http_answers.h"
#include "plugins/lib/json_write.h"
#include "plugins/lib/numbers.h"
#include "plugins/twilio/kind.h"

namespace hookswitch::plugin::twilio {

namespace {

constexpr int64_t kMediaMax = 10;  // Twilio's own bound
constexpr size_t kActionIdBytes = 64;

/// Writes members from parameters; what is missing or empty is left out.
class Fields {
 public:
  Fields(JsonWriter& out, const Form& form) : out_(out), form_(form) {}

  std::string_view get(std::string_view param) { return as_utf8(form_.get(param), storage_); }
  void text(std::string_view name, std::string_view param) { out_.text(name, get(param)); }
  void integer(std::string_view name, std::string_view param) { out_.integer(name, read_integer(form_.get(param))); }

 private:
  JsonWriter& out_;
  const Form& form_;
  std::string storage_;
};

void write_action(JsonWriter& out, std::string_view action) {
  if (is_id(action) && action.size() <= kActionIdBytes) out.text("action", action);
}

void write_ids(JsonWriter& out, Fields& fields, const Form& form, std::string_view action) {
  out.open_object("external_ids");
  fields.text("call_sid", is_leg(form) ? "ParentCallSid" : "CallSid");
  if (is_leg(form)) fields.text("leg_sid", "CallSid");
  fields.text("recording_sid", "RecordingSid");
  fields.text("message_sid", form.has("MessageSid") ? "MessageSid" : "SmsSid");
  write_action(out, action);
  out.close_object();
}

void write_parties(JsonWriter& out, Fields& fields, const Form& form) {
  out.text("direction", call_direction(form.get("Direction")));
  out.text("status", call_status(form.get("CallStatus")));
  fields.text("from", "From");
  fields.text("to", "To");
  fields.text("caller_name", "CallerName");
  fields.text("answered_by", "AnsweredBy");
  out.flag("machine", is_machine(form.get("AnsweredBy")));
  fields.integer("sip_code", "SipResponseCode");
  fields.integer("sequence", "SequenceNumber");
}

void write_call_times(JsonWriter& out, Fields& fields, std::string_view status, int64_t time_ms) {
  fields.integer("duration_secs", "CallDuration");
  if (time_ms == 0) return;
  if (status == "initiated") out.integer("started_at", time_ms);
  if (status == "in_progress") out.integer("answered_at", time_ms);
  bool ended = status != "initiated" && status != "ringing" && status != "in_progress" && !status.empty();
  if (ended) out.integer("ended_at", time_ms);
}

void write_recording(JsonWriter& out, Fields& fields, const Form& form) {
  if (!form.has("RecordingSid")) return;
  out.open_object("recording");
  fields.text("sid", "RecordingSid");
  fields.text("url", "RecordingUrl");
  fields.integer("duration_secs", "RecordingDuration");
  fields.integer("channels", "RecordingChannels");
  fields.text("status", "RecordingStatus");
  out.close_object();
  // A call's last status names a recording without a status of its own: it is there.
  std::string_view status = form.get("RecordingStatus");
  if (status.empty() || status == "completed") out.flag("has_recording", true);
}

void write_media(JsonWriter& out, Fields& fields, const Form& form) {
  int64_t count = std::min(read_integer(form.get("NumMedia")).value_or(0), kMediaMax);
  if (count <= 0) return;
  out.open_array("media");
  for (int64_t i = 0; i < count; ++i) {
    out.open_object();
    fields.text("url", "MediaUrl" + std::to_string(i));
    fields.text("content_type", "MediaContentType" + std::to_string(i));
    out.close_object();
  }
  out.close_array();
}

void write_message(JsonWriter& out, Fields& fields, const Form& form, bool inbound) {
  out.text("direction", inbound ? "inbound" : "outbound");
  fields.text("from", "From");
  fields.text("to", "To");
  out.open_object("message");
  fields.text("sid", form.has("MessageSid") ? "MessageSid" : "SmsSid");
  fields.text("body", "Body");
  fields.text("status", form.has("MessageStatus") ? "MessageStatus" : "SmsStatus");
  write_media(out, fields, form);
  fields.text("error_code", "ErrorCode");
  out.close_object();
}

void write_session(JsonWriter& out, Fields& fields, const Form& form) {
  if (!form.has("SessionId")) return;
  out.open_object("session");
  fields.text("id", "SessionId");
  fields.text("status", "SessionStatus");
  fields.integer("duration_secs", "SessionDuration");
  fields.text("handoff", "HandoffData");
  out.close_object();
}

/// Twilio writes "0" where there was no error.
void write_error(JsonWriter& out, Fields& fields, const Form& form) {
  if (form.get("ErrorCode") != "0") out.text("error_code", fields.get("ErrorCode"));
}

void write_call(JsonWriter& out, Fields& fields, const Form& form, std::string_view webhook, int64_t time_ms) {
  write_parties(out, fields, form);
  write_call_times(out, fields, webhook == "status" ? call_status(form.get("CallStatus")) : "", time_ms);
  write_error(out, fields, form);
}

/// What is said of a leg is not said of the call that it is part of.
void write_leg(JsonWriter& out, Fields& fields, const Form& form, std::string_view webhook, int64_t time_ms) {
  out.open_object("leg");
  fields.text("sid", "CallSid");
  write_call(out, fields, form, webhook, time_ms);
  out.close_object();
}

}  // namespace

std::string_view call_status(std::string_view status) {
  if (status == "queued" || status == "initiated") return "initiated";
  if (status == "in-progress" || status == "answered") return "in_progress";
  if (status == "no-answer") return "no_answer";
  for (std::string_view same : {"ringing", "completed", "busy", "failed", "canceled"}) {
    if (status == same) return same;
  }
  return "";
}

std::string_view call_direction(std::string_view theirs) {
  if (theirs == "inbound") return "inbound";
  return theirs.starts_with("outbound") ? "outbound" : "";
}

std::optional<bool> is_machine(std::string_view answered_by) {
  if (answered_by == "human") return false;
  if (answered_by.starts_with("machine") || answered_by == "fax") return true;
  return std::nullopt;
}

std::string machine_data(std::string_view call_sid, std::string_view answered_by, std::string_view action) {
  JsonWriter out;
  out.open_object();
  out.open_object("external_ids");
  out.text("call_sid", call_sid);
  write_action(out, action);
  out.close_object();
  out.text("answered_by", answered_by);
  out.flag("machine", is_machine(answered_by));
  out.close_object();
  return out.take();
}

std::string normalize(std::string_view webhook, const Form& form, int64_t time_ms, std::string_view action) {
  JsonWriter out(1024);
  Fields fields(out, form);
  out.open_object();
  write_ids(out, fields, form, action);
  if (webhook == "sms" || webhook == "sms-status") {
    write_message(out, fields, form, webhook == "sms");
    write_error(out, fields, form);
  } else {
    is_leg(form) ? write_leg(out, fields, form, webhook, time_ms) : write_call(out, fields, form, webhook, time_ms);
    write_recording(out, fields, form);
    write_session(out, fields, form);
  }
  out.close_object();
  return out.take();
}

}  // namespace hookswitch::plugin::twilio
