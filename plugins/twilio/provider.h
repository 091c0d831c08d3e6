// Twilio: verifies and decodes its voice, recording, answering machine and message webhooks, answers in TwiML, places
// and ends calls, sends messages, and lists what webhooks missed.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/lib/author.h"
#include "plugins/lib/crypto.h"
#include "plugins/lib/form.h"

namespace hookswitch::plugin::twilio {

/// The settings of one account.
struct Account {
  std::vector<HmacKey> keys;  // the primary token, and another while it is rotated
  std::string default_twiml;  // "" is ours
  std::string sid;            // "" when it was not configured
  std::string authorization;  // the header's value for their interface; "" without `sid`
  std::string api_base;
  std::string phone_number;  // who calls, unless an action says otherwise
};

class Provider {
 public:
  static constexpr std::string_view kId = "twilio";
  static constexpr std::string_view kVersion = "1.0.0";
  static constexpr std::array<std::string_view, 9> kEventTypes = {
      "call.incoming",  "call.initiated", "call.ringing",     "call.answered", "call.ended",
      "call.recording", "call.machine",   "message.received", "message.status"};
  static constexpr std::array<std::string_view, 5> kActionTypes = {"call", "end_call", "redirect", "sms",
                                                                   "delete_recording"};
  static constexpr std::array<std::string_view, 3> kResources = {"calls", "messages", "recordings"};
  static const std::string_view kSchema;

  static Outcome<std::unique_ptr<Provider>> create(const Host& host, Settings& settings);

  Outcome<Verdict> verify(const Request& request) const;
  Outcome<void> decode(const Record& record, const Emit& emit) const;
  Outcome<Reply> render(const EventView& event, std::string_view reply) const;
  Outcome<Reply> default_reply(const Request& request) const;

  Outcome<HttpRequest> build_action(const Action& action) const;
  Judgement parse_action(const Action& action, const HttpAnswer& answer) const;
  Outcome<HttpRequest> reconcile(const Action& action) const;
  Judgement match(const Action& action, const HttpAnswer& answer) const;
  Outcome<HttpRequest> build_query(const Query& query) const;
  Outcome<std::string> read_page(const Query& query, const HttpAnswer& answer, const Take& take) const;

  Outcome<Signed> sign(const Request& request) const;
  Outcome<void> play(std::string_view story, const Send& send) const;

 private:
  Provider(const Host& host, Account account) : host_(host), account_(std::move(account)) {}

  /// Is `signature` that of one form of the URL followed by `params` under one of the tokens?
  bool signed_by_us(std::string_view url, const std::vector<FormParam>& params, std::string_view signature) const;
  bool matches(std::string_view url, const std::vector<FormParam>& params, std::string_view signature) const;
  /// Twilio signs only the URL of a JSON request, which holds the hash of its body.
  bool signed_body(const Request& request, std::string_view signature) const;
  Outcome<void> decode_json(const Record& record, const Emit& emit) const;
  Outcome<void> decode_import(const Record& record, const Emit& emit) const;
  /// Below the account, with the credentials; an error when there is no account. A `form` makes it a POST.
  Outcome<HttpRequest> request(std::string_view path, std::string form = "") const;

  Host host_;
  Account account_;
};

}  // namespace hookswitch::plugin::twilio
