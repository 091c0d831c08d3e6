// What has been processed already, so that a repeated delivery changes nothing and is answered as the first one was.
//
// Table seen, key: 16 bytes of hash. Row: u64 sequence, i64 time (ms), then the kept reply, if any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/state/store.h"

namespace hookswitch {

struct Seen {
  uint64_t seq = 0;        // of the record that brought it first
  int64_t time_ms = 0;     // when that was; what sweep_seen() goes by
  std::string_view reply;  // bytes kept for the repetition, or kImported; "" when none; dies with the transaction
};

/// `hash` is hash128 of what makes two deliveries one.
std::optional<Seen> find_seen(const Reader& reader, std::string_view hash);

void put_seen(Writer& writer, std::string_view hash, const Seen& seen);

/// The hash of a rule's timer that has fired for a call: of its key and of our id of the call.
std::string fired_hash(std::string_view timer_key, std::string_view call_id);

/// Forgets what is older than `oldest_ms`, looking at no more than `steps` rows after `cursor` ("" to begin with).
/// Returns where to go on, "" when the end was reached.
std::string sweep_seen(Writer& writer, int64_t oldest_ms, std::string_view cursor, size_t steps);

}  // namespace hookswitch
