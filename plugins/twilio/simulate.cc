// Made-up calls as Twilio would report them.
#include <array>

#include "plugins/lib/json_read.h"
#include "plugins/lib/times.h"
#include "plugins/twilio/provider.h"
#include "plugins/twilio/signature.h"

namespace hookswitch::plugin::twilio {

namespace {

constexpr std::string_view kNoAccount = "AC00000000000000000000000000000000";

/// Where a number is, as far as Twilio says.
struct Place {
  std::string_view prefix, city, state, zip, country;
};
constexpr std::array<Place, 6> kPlaces = {{{"+1212", "NEW YORK", "NY", "10001", "US"},
                                           {"+1310", "LOS ANGELES", "CA", "90001", "US"},
                                           {"+1415", "SAN FRANCISCO", "CA", "94105", "US"},
                                           {"+1", "", "", "", "US"},
                                           {"+44", "", "", "", "GB"},
                                           {"+40", "", "", "", "RO"}}};

Place place_of(std::string_view number) {
  for (const Place& place : kPlaces) {
    if (number.starts_with(place.prefix)) return place;
  }
  return {};
}

std::string_view call_status(std::string_view status) {
  if (status == "in_progress") return "in-progress";
  return status == "no_answer" ? "no-answer" : status;
}

/// One call, and the parameters that all webhooks about it share.
class Player {
 public:
  Player(JsonValue story, std::string_view account, const Send& send) : story_(story), account_(account), send_(send) {
    id_ = story["id"].text();
    inbound_ = story["direction"].text() == "inbound";
    started_ms_ = story["started_at"].integer().value_or(0);
    answered_ms_ = started_ms_ + story["ring_secs"].integer().value_or(0) * 1000;
    duration_secs_ = story["duration_secs"].integer().value_or(0);
    ended_ms_ = answered_ms_ + duration_secs_ * 1000;
  }

  Outcome<void> play() {
    bool reached = story_["status"].text() == "completed";
    if (Outcome<void> done = inbound_ ? incoming() : dialled(reached); !done) return done;
    if (Outcome<void> done = ended(reached); !done) return done;
    return reached && story_["has_recording"].flag().value_or(false) ? recording() : Outcome<void>{};
  }

 private:
  std::string call(std::string_view status) const {
    std::string form;
    append_param(form, "CallSid", "CA" + id_);
    append_param(form, "AccountSid", account_);
    for (std::string_view name : {"From", "Caller"}) append_party(form, name, story_["from"].id());
    for (std::string_view name : {"To", "Called"}) append_party(form, name, story_["to"].id());
    append_param(form, "CallStatus", status);
    append_param(form, "ApiVersion", "2010-04-01");
    append_param(form, "Direction", inbound_ ? "inbound" : "outbound-api");
    return form;
  }

  static void append_party(std::string& form, std::string_view name, const std::string& number) {
    Place place = place_of(number);
    append_param(form, name, number);
    append_param(form, std::string(name) + "City", place.city);
    append_param(form, std::string(name) + "State", place.state);
    append_param(form, std::string(name) + "Zip", place.zip);
    append_param(form, std::string(name) + "Country", place.country);
  }

  Outcome<void> post(std::string_view kind, std::string form, int64_t time_ms) {
    Delivery delivery{.kind = std::string(kind), .headers = {}, .body = std::move(form), .time_ms = time_ms};
    delivery.headers = {{"content-type", std::string(kFormType)},
                        {"user-agent", "TwilioProxy/1.1"},
                        {"i-twilio-idempotency-token", id_ + "-" + std::to_string(posted_++)}};
    return send_(delivery);
  }

  Outcome<void> incoming() {
    std::string form = call("ringing");
    if (std::string_view name = story_["caller_name"].text(); !name.empty()) append_param(form, "CallerName", name);
    append_param(form, "StirVerstat", "TN-Validation-Passed-A");
    return post("voice", std::move(form), started_ms_);
  }

  /// A call that we placed: every step is told, and who picked up.
  Outcome<void> dialled(bool reached) {
    if (Outcome<void> done = status("initiated", started_ms_); !done) return done;
    if (Outcome<void> done = status("ringing", started_ms_ + 900); !done) return done;
    if (!reached) return {};
    if (Outcome<void> done = status("in-progress", answered_ms_); !done) return done;
    std::string_view who = story_["answered_by"].text();
    if (who.empty()) return {};
    std::string form;
    append_param(form, "CallSid", "CA" + id_);
    append_param(form, "AccountSid", account_);
    append_param(form, "AnsweredBy", who == "machine" ? "machine_start" : who);
    append_param(form, "MachineDetectionDuration", who == "machine" ? "4180" : "2210");
    return post("amd", std::move(form), answered_ms_ + 4'200);
  }

  Outcome<void> status(std::string_view status, int64_t time_ms, std::string_view more = "") {
    std::string form = call(status);
    append_param(form, "Timestamp", rfc2822(time_ms));
    append_param(form, "CallbackSource", "call-progress-events");
    append_param(form, "SequenceNumber", std::to_string(sequence_++));
    form += more;
    return post("status", std::move(form), time_ms + 150);
  }

  Outcome<void> ended(bool reached) {
    std::string more = "&";
    more += "Duration=" + std::to_string((duration_secs_ + 59) / 60);  // minutes, as they bill them
    append_param(more, "CallDuration", std::to_string(duration_secs_));
    append_param(more, "SipResponseCode", reached ? "200" : story_["status"].text() == "busy" ? "486" : "487");
    return status(call_status(story_["status"].text()), ended_ms_, more);
  }

  Outcome<void> recording() {
    std::string form;
    std::string sid = "RE" + id_;
    append_param(form, "AccountSid", account_);
    append_param(form, "CallSid", "CA" + id_);
    append_param(form, "RecordingSid", sid);
    append_param(form, "RecordingUrl",
                 "https://api.twilio.com/2010-04-01/Accounts/" + std::string(account_) + "/Recordings/" + sid);
    append_param(form, "RecordingStatus", "completed");
    append_param(form, "RecordingDuration", std::to_string(duration_secs_));
    append_param(form, "RecordingChannels", "2");
    append_param(form, "RecordingStartTime", rfc2822(answered_ms_));
    append_param(form, "RecordingSource", inbound_ ? "StartCallRecordingAPI" : "OutboundAPI");
    append_param(form, "RecordingTrack", "both");
    append_param(form, "ErrorCode", "0");
    return post("recording", std::move(form), ended_ms_ + 6'500);
  }

  JsonValue story_;
  std::string_view account_;
  const Send& send_;
  std::string id_;
  bool inbound_ = false;
  int64_t started_ms_ = 0, answered_ms_ = 0, ended_ms_ = 0, duration_secs_ = 0;
  int sequence_ = 0, posted_ = 0;
};

}  // namespace

Outcome<void> Provider::play(std::string_view story, const Send& send) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> root = reader.parse(story);
  if (!root) return std::unexpected(root.error());
  return Player(*root, account_.sid.empty() ? kNoAccount : account_.sid, send).play();
}

}  // namespace hookswitch::plugin::twilio
