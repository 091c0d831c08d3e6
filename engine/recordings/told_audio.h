// Audio that came inside a record of the log, as base64 in its JSON: taken out into a blob of its own.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/error.h"
#include "engine/log/blobs.h"
#include "engine/log/log.h"
#include "engine/processor/decode.h"

namespace hookswitch {

struct ToldAudio {
  std::string source;  // the record's
  std::string blob, type;
  uint64_t bytes = 0;
};

/// Of event `index` of record `seq`, where data.audio.pointer says where in the provider's object it stands. Memory
/// stays flat. Errors: not_found (the record was trimmed), invalid (no audio), io and unavailable (the disk).
Result<ToldAudio> take_told_audio(const Log& log, const Decoder& decoder, Blobs& blobs, uint64_t seq, uint32_t index);

}  // namespace hookswitch
