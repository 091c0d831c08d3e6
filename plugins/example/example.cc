// The smallest honest provider: JSON bodies signed as `X-Example-Signature: <hex HMAC-SHA256 of the body>`.
// plugins/README.md walks through it line by line; copy this folder to begin your own.
#include "plugins/lib/crypto.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/json_write.h"
#include "plugins/lib/settings.h"

namespace hookswitch::plugin::example {

class Provider {
 public:
  static constexpr std::string_view kId = "example";
  static constexpr std::string_view kVersion = "1.0.0";
  static constexpr std::string_view kSchema = R"({"type":"object","required":["secret"],
    "properties":{"secret":{"type":["string","array"],"description":"what their deliveries are signed with"}}})";
  static constexpr std::array<std::string_view, 1> kEventTypes = {"call.ended"};

  static Outcome<std::unique_ptr<Provider>> create(const Host& host, Settings& settings) {
    std::vector<std::string> secrets = settings.secrets("secret", true);
    if (auto clean = settings.check(); !clean) return std::unexpected(clean.error());
    return std::unique_ptr<Provider>(new Provider(host, hmac_keys(host, HOOKSWITCH_HMAC_SHA256, secrets)));
  }

  /// Authentic if any of our secrets gives their signature. The comparison takes the same time wherever they differ.
  Outcome<Verdict> verify(const Request& request) const {
    std::string_view signature = request.headers.get("x-example-signature");
    if (signature.empty()) return Verdict::refuse("missing_signature", "found no header X-Example-Signature");
    for (const HmacKey& key : keys_) {
      if (equal(*host_.crypto, hex(*host_.crypto, key.sign({str(request.body)})), signature)) return Verdict{};
    }
    return Verdict::refuse("signature_mismatch", "X-Example-Signature is not that of this body under any secret");
  }

  /// What they would send with this body, for `hookswitch send` and tests.
  Outcome<Signed> sign(const Request& request) const {
    std::string signature = hex(*host_.crypto, keys_.front().sign({str(request.body)}));
    return Signed{.headers = {{"x-example-signature", signature}}, .query = ""};
  }

  /// {"type":"ended","call":"c-1","from":"+1...","seconds":42} -> call.ended; other types -> example.other.
  Outcome<void> decode(const Record& record, const Emit& emit) const {
    JsonReader reader;
    Outcome<JsonValue> root = reader.parse(record.body);
    if (!root) return std::unexpected(root.error());
    bool ended = (*root)["type"].text() == "ended";
    std::string call = (*root)["call"].id();

    JsonWriter data;
    data.open_object();
    data.open_object("external_ids");
    data.text("call_id", call);
    data.close_object();
    if (ended) data.text("status", "completed");
    data.text("from", (*root)["from"].text());
    data.integer("duration_secs", (*root)["seconds"].integer());
    data.close_object();

    Event event;
    event.type = ended ? "call.ended" : "example.other";
    event.id = event.type + ":" + (call.empty() ? sha256_hex(*host_.crypto, record.body) : call);
    event.subject = call;
    event.data = data.take();
    event.raw = reader.text();
    return emit(event);
  }

 private:
  Provider(const Host& host, std::vector<HmacKey> keys) : host_(host), keys_(std::move(keys)) {}

  Host host_;
  std::vector<HmacKey> keys_;
};

}  // namespace hookswitch::plugin::example

HOOKSWITCH_PLUGIN(hookswitch::plugin::example::Provider)
