// Dead letters: events given up on, kept with their reason until a person redrives or drops them.
//
// Table dead, key: u64 sequence and u32 index, both big-endian. Row: the letter's JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/state/json_rows.h"

namespace hookswitch {

struct DeadLetter {
  uint64_t seq = 0;                  // the record in the log, which still holds the bytes
  uint32_t index = 0;                // which event of it; 0 when it could not be decoded at all
  std::string reason;                // a sentence
  std::string culprit;               // the rule or plugin that gave up
  int64_t time_ms = 0;               // when it was given up on
  std::string kind;                  // of the record: delivery, timer, ...
  std::string event_id, event_type;  // "" when it could not be decoded
  std::string source;

  /// "<seq>.<index>", how the API and the command line name it.
  std::string id() const;
  Json to_json() const;
  static DeadLetter from_json(const Json& value);
  bool operator==(const DeadLetter&) const = default;
};

/// "12.0" or, for index 0, "12". nullopt when it is anything else.
struct DeadId {
  uint64_t seq = 0;
  uint32_t index = 0;
};
std::optional<DeadId> parse_dead_id(std::string_view text);

/// Puts or replaces.
void put_dead(Writer& writer, const DeadLetter& letter);
std::optional<DeadLetter> find_dead(const Reader& reader, DeadId id);
/// Whether it was there.
bool remove_dead(Writer& writer, DeadId id);
uint64_t count_dead(const Reader& reader);

/// "" : every. A type may end in "*".
struct DeadFilter {
  std::string source, type;
};

/// Newest first. Short pages with a next_cursor happen: see json_page().
Result<JsonPage> dead_page(const Reader& reader, const DeadFilter& filter, std::string_view cursor, size_t limit);

}  // namespace hookswitch
