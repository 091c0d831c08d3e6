// Future events, ordered by when they are due.
//
// Table timers:
// (part: bounded_key() of the key, or of its private_text() unless it is the engine's)
//   'd' i64 (ordered: due ms) part -> ""
//   'k' part                       -> i64 due ms, sized key, sized name, sized data (bytes.h), u64 set by; the last is
//                                     not there in rows of before
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/store.h"

namespace hookswitch {

/// Keys that begin so are the engine's own; rules can neither set nor cancel them.
constexpr std::string_view kEngineTimers = "hookswitch.";

struct Timer {
  std::string key;  // whose timer; setting a key again replaces it
  int64_t due_ms = 0;
  std::string name;  // the event will be `timer.<name>`
  std::string data;  // JSON text
  /// The sequence of the record whose event set it: it tells two timers of one key and time apart. 0: not known, and of
  /// the engine's own.
  uint64_t set_by = 0;
  bool operator==(const Timer&) const = default;
};

void set_timer(Writer& writer, const Timer& timer);
/// Whether it was set.
bool cancel_timer(Writer& writer, std::string_view key);
std::optional<Timer> find_timer(const Reader& reader, std::string_view key);

/// Those due at or before `now_ms`, earliest first, at most `limit`. They stay until they are cancelled.
std::vector<Timer> due_timers(const Reader& reader, int64_t now_ms, size_t limit);
/// When the earliest is due.
std::optional<int64_t> next_due_ms(const Reader& reader);
uint64_t count_timers(const Reader& reader);

}  // namespace hookswitch
