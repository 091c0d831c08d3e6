#include "plugins/elevenlabs/signature.h"

namespace hookswitch::plugin::elevenlabs {

std::optional<SignatureHeader> read_signature_header(std::string_view header) {
  SignatureHeader out;
  int times = 0;
  while (!header.empty()) {
    std::string_view element = header.substr(0, header.find(','));
    header.remove_prefix(std::min(element.size() + 1, header.size()));
    if (element.starts_with("t=")) {
      out.time = element.substr(2);
      ++times;
    } else if (element.starts_with("v0=")) {
      out.signatures.push_back(element.substr(3));
    }
  }
  // Of several times their libraries take the first or the last: nobody can say which was meant.
  if (times != 1 || out.signatures.empty()) return std::nullopt;
  return out;
}

std::optional<Verdict> refuse_by_header(const hookswitch_crypto& crypto, std::string_view header,
                                        const SignatureHeader* read, const Tolerance& tolerance, int64_t now_ms) {
  if (header.empty()) {
    return Verdict::refuse("missing_signature", "found no header ElevenLabs-Signature, expected one");
  }
  if (read == nullptr) {
    return Verdict::refuse("malformed_signature", "ElevenLabs-Signature: expected t=<seconds>,v0=<hex>, found else");
  }
  switch (crypto.check_time(str(read->time), 1000, now_ms, tolerance.back_ms, tolerance.ahead_ms)) {
    case HOOKSWITCH_TIME_FRESH:
      return std::nullopt;
    case HOOKSWITCH_TIME_TOO_OLD:
      return Verdict::refuse("timestamp_too_old", "the signature is older than tolerance_secs (" +
                                                      std::to_string(tolerance.back_ms / 1000) +
                                                      "): a replay, or a late retry");
    case HOOKSWITCH_TIME_AHEAD:
      return Verdict::refuse("timestamp_in_future", "the signature is more than future_secs (" +
                                                        std::to_string(tolerance.ahead_ms / 1000) +
                                                        ") ahead: is this machine's clock right?");
    default:
      return Verdict::refuse("malformed_signature", "ElevenLabs-Signature: t is no decimal number of seconds");
  }
}

bool any_matches(const hookswitch_crypto& crypto, std::string_view digest,
                 const std::vector<std::string_view>& signatures) {
  std::string expected = hex(crypto, digest);
  bool any = false;
  for (std::string_view signature : signatures) any |= equal(crypto, expected, signature);
  return any;
}

Verdict mismatch() {
  return Verdict::refuse("signature_mismatch",
                         "no v0 of ElevenLabs-Signature is that of this body under any webhook_secret: another "
                         "webhook's secret, or the body was changed on its way");
}

}  // namespace hookswitch::plugin::elevenlabs
