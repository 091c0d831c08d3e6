// The header ElevenLabs-Signature: `t=<unix seconds>,v0=<hex HMAC-SHA256 of "t.body">`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "plugins/lib/crypto.h"

namespace hookswitch::plugin::elevenlabs {

/// How far the signature's time may lie from ours. Their fifth attempt comes 40 minutes after the first, and whether
/// it is signed anew is not documented: never less than 30 minutes back.
struct Tolerance {
  int64_t back_ms = 1'800'000;
  int64_t ahead_ms = 300'000;
};

/// The header taken apart; points into it.
struct SignatureHeader {
  std::string_view time;                     // as written: it is part of what was signed
  std::vector<std::string_view> signatures;  // every v0, without "v0="
};

/// nullopt when there is not exactly one time, or no signature. Unknown elements are ignored, blanks are not.
std::optional<SignatureHeader> read_signature_header(std::string_view header);

/// Why the header alone is reason to refuse; nullopt when the body has to be looked at.
std::optional<Verdict> refuse_by_header(const hookswitch_crypto& crypto, std::string_view header,
                                        const SignatureHeader* read, const Tolerance& tolerance, int64_t now_ms);

/// Is one of the signatures the hex of `digest`? Looks at all of them, in constant time.
bool any_matches(const hookswitch_crypto& crypto, std::string_view digest,
                 const std::vector<std::string_view>& signatures);

Verdict mismatch();

}  // namespace hookswitch::plugin::elevenlabs
