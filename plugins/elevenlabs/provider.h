// ElevenLabs: verifies and decodes the webhooks of its voice agents. README.md says what was chosen where its own
// libraries disagree.
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
  std::string phone_number_id;                       // for made-up calls; "" when it was not configured
};

class Provider {
 public:
  static constexpr std::string_view kId = "elevenlabs";
  static constexpr std::string_view kVersion = "1.0.0";
  static constexpr std::array<std::string_view, 5> kEventTypes = {
      "conversation.ended", "conversation.audio", "conversation.starting", "call.failed", "import.conversation"};
  static const std::string_view kSchema;

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
  Outcome<Signed> sign(const Request& request) const;
  Outcome<void> play(std::string_view story, const Send& send) const;

 private:
  Provider(const Host& host, Account account) : host_(host), account_(std::move(account)) {}
  Verdict verify_initiation(const Request& request) const;
  /// What an authentic delivery is answered. `beginning`: the body or the first of it.
  Verdict accepted(std::string_view kind, std::string_view beginning) const;

  Host host_;
  Account account_;
};

/// The two names under which the conversation initiation webhook may be addressed.
inline bool is_initiation(std::string_view kind) { return kind == "initiation" || kind == "conversation-initiation"; }

}  // namespace hookswitch::plugin::elevenlabs
