// Which calls that we placed are under way: each holds a line of its source from the claim until its end is heard, or
// until nobody would hear of it any more.
//
// Table actions:
//   'l' text(source) i64 (ordered: until, ms) action id -> ""
//   'L' action id                                       -> the key above
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/actions.h"
#include "engine/state/store.h"

namespace hookswitch {

/// `action` places a call now: it holds a line until it is released, or until `until_ms`. Those of its source whose
/// time is over at `now_ms` go.
void hold_line(Writer& writer, const Action& action, int64_t now_ms, int64_t until_ms);
/// The call that the action placed is over, or never was. No effect when it holds none.
void release_line(Writer& writer, std::string_view action_id);

struct HeldLines {
  std::vector<std::string> actions;
  int64_t first_until_ms = 0;  // when the first of them goes by itself; 0: none
};
/// At most `limit`.
HeldLines held_lines(const Reader& reader, std::string_view source, int64_t now_ms, size_t limit);

}  // namespace hookswitch
