// What commands with an Idempotency-Key were answered, for as long as a client may ask again.
//
// Table commands:
//   'k' hash (16 bytes: of caller and key)   -> i64 time ms, 16 bytes hash of what was asked, i32 status, sized content
//                                               type, sized body
//   't' i64 (ordered: time ms) hash          -> ""
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/state/store.h"

namespace hookswitch {

struct CommandAnswer {
  int64_t time_ms = 0;
  std::string asked;  // hash128
  int32_t status = 0;
  std::string content_type;
  std::string body;
};

/// `key` is a hash128.
std::optional<CommandAnswer> find_command_answer(const Reader& reader, std::string_view key);
void put_command_answer(Writer& writer, std::string_view key, const CommandAnswer& answer);
/// Those from before `before_ms`, at most `limit` of them.
void forget_command_answers(Writer& writer, int64_t before_ms, size_t limit);

}  // namespace hookswitch
