// Twilio: verifies and decodes its voice, recording, answering machine and message webhooks, and answers in TwiML.
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

class Provider {
 public:
  static constexpr std::string_view kId = "twilio";
  static constexpr std::string_view kVersion = "1.0.0";
  static constexpr std::array<std::string_view, 9> kEventTypes = {
      "call.incoming",  "call.initiated", "call.ringing",     "call.answered", "call.ended",
      "call.recording", "call.machine",   "message.received", "message.status"};
  static const std::string_view kSchema;

  static Outcome<std::unique_ptr<Provider>> create(const Host& host, Settings& settings);

  Outcome<Verdict> verify(const Request& request) const;
  Outcome<void> decode(const Record& record, const Emit& emit) const;
  Outcome<Reply> render(const EventView& event, std::string_view reply) const;
  Outcome<Reply> default_reply(const Request& request) const;
  Outcome<Signed> sign(const Request& request) const;
  Outcome<void> play(std::string_view story, const Send& send) const;

 private:
  Provider(const Host& host, std::vector<HmacKey> keys, std::string default_twiml, std::string account_sid)
      : host_(host),
        keys_(std::move(keys)),
        default_twiml_(std::move(default_twiml)),
        account_sid_(std::move(account_sid)) {}

  /// Is `signature` that of one form of the URL followed by `params` under one of the tokens?
  bool signed_by_us(std::string_view url, const std::vector<FormParam>& params, std::string_view signature) const;
  bool matches(std::string_view url, const std::vector<FormParam>& params, std::string_view signature) const;
  /// Twilio signs only the URL of a JSON request, which holds the hash of its body.
  bool signed_body(const Request& request, std::string_view signature) const;
  Outcome<void> decode_json(const Record& record, const Emit& emit) const;

  Host host_;
  std::vector<HmacKey> keys_;  // the primary token, and another while it is rotated
  std::string default_twiml_;  // "" is ours
  std::string account_sid_;    // "" when it was not configured
};

}  // namespace hookswitch::plugin::twilio
