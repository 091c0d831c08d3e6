#include "tests/powercut/state_hash.h"

#include "engine/base/hash.h"

namespace hookswitch::powercut {
namespace {

// `meta` says when a state was made, `seen` forgets by the clock: both are of the machine, not of the log.
bool is_compared(Table table, Compared compared) {
  if (table == Table::changes && !compared.feed) return false;
  return follows_from_log(table) && table != Table::meta && table != Table::seen;
}

}  // namespace

StateHash hash_state(const Reader& reader, Compared compared) {
  StateHash out{};
  for (size_t i = 0; i < out.size(); ++i) {
    auto table = static_cast<Table>(i);
    if (!is_compared(table, compared)) continue;
    uint64_t hash = i + 1;
    reader.scan(table, "", Direction::forward, [&](std::string_view key, std::string_view row) {
      // Without their keys the rows may lie in any order.
      hash = compared.keys ? hash64(row, hash64(key, hash)) : hash + hash64(row);
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
