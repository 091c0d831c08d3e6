#include "tests/powercut/state_hash.h"

#include "engine/base/hash.h"

namespace hookswitch::powercut {
namespace {

// `meta` says when a state was made, `seen` forgets by the clock: both are of the machine, not of the log.
bool compared(Table table) { return follows_from_log(table) && table != Table::meta && table != Table::seen; }

}  // namespace

StateHash hash_state(const Reader& reader) {
  StateHash out{};
  for (size_t i = 0; i < out.size(); ++i) {
    auto table = static_cast<Table>(i);
    if (!compared(table)) continue;
    uint64_t hash = i + 1;
    reader.scan(table, "", Direction::forward, [&](std::string_view key, std::string_view row) {
      hash = hash64(row, hash64(key, hash));
      return true;
    });
    out[i] = hash;
  }
  return out;
}

std::string differing(const StateHash& one, const StateHash& other) {
  std::string out;
  for (size_t i = 0; i < one.size(); ++i) {
    if (one[i] != other[i]) out += (out.empty() ? "" : ", ") + std::to_string(i);
  }
  return out;
}

}  // namespace hookswitch::powercut
