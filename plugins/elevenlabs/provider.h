// ElevenLabs: verifies and decodes the webhooks of its voice agents, places calls, and lists what webhooks missed.
// README.md says what was chosen where its own libraries disagree.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/elevenlabs/signature.h"
#include "plugins/lib/author.h"

namespace hookswitch::plugin::elevenlabs {

/// The settings of one account.
struct Account {
  std::vector<HmacKey> keys;  // any may match
  Tolerance tolerance;
  std::string initiation_header, initiation_secret;  // of the unsigned conversation initiation webhook; "" is off
  std::string initiation_default;                    // JSON object answered when no rule did; "" is none
  bool flat = false;                                 // the flat format is recognized by its shape
  bool answer_call = false;                          // a flat delivery is answered by rules
  std::string api_key, api_base;                     // of their interface; "" key: nothing can be asked of it
  std::string agent_id, phone_number_id;             // who calls, and from where, unless an action says otherwise
  bool sip_trunk = false;                            // calls go out through a SIP trunk instead of Twilio
};

class Provider {
 public:
  static constexpr std::string_view kId = "elevenlabs";
  static constexpr std::string_view kVersion = "1.0.0";
  static constexpr std::array<std::string_view, 5> kEventTypes = {
      "conversation.ended", "conversation.audio", "conversation.starting", "call.failed", "import.conversation"};
  static constexpr std::array<std::string_view, 2> kActionTypes = {"call", "batch_call"};
  static constexpr std::array<std::string_view, 4> kResources = {"conversations", "agents", "phone_numbers",
                                                                 "recordings"};
  static const std::string_view kSchema;
  // "10 or more consecutive failures, and the last success more than 7 days ago or never": ElevenLabs on post-call
  // webhooks.
  static constexpr uint64_t kDisableFailures = 10;
  static constexpr int64_t kDisableQuietMs = 7 * 86'400'000LL;

  static Outcome<std::unique_ptr<Provider>> create(const Host& host, Settings& settings);

  Outcome<Verdict> verify(const Request& request) const;
  Outcome<void> decode(const Record& record, const Emit& emit) const;

  /// Verifies a body that is too large to be held: it keeps the HMACs under way and the first few bytes.
  class Stream {
   public:
    Stream(const Provider& provider, const Request& request);
    void update(std::string_view piece);
    Outcome<Verdict> finish();

   private:
    static constexpr size_t kBeginning = 4096;  // of the body is kept, to see its type

    const Provider& provider_;
    Verdict verdict_;  // where the body decides nothing
    std::string kind_, beginning_;
    std::vector<Digest> digests_;  // one for each key; none where the body decides nothing
    std::vector<std::string> signatures_;
  };
  std::unique_ptr<Stream> begin(const Request& request) const { return std::make_unique<Stream>(*this, request); }

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
  Verdict verify_initiation(const Request& request) const;
  /// What an authentic delivery is answered. `beginning`: the body or the first of it.
  Verdict accepted(std::string_view kind, std::string_view beginning) const;
  /// With the credentials; an error when there are none.
  Outcome<HttpRequest> request(std::string method, std::string_view path, std::string body = "") const;

  Host host_;
  Account account_;
};

/// The two names under which the conversation initiation webhook may be addressed.
inline bool is_initiation(std::string_view kind) { return kind == "initiation" || kind == "conversation-initiation"; }

}  // namespace hookswitch::plugin::elevenlabs
