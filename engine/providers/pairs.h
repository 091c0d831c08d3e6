// Headers on their way to a plugin.
#pragma once

#include <optional>

#include "engine/providers/arena.h"
#include "engine/providers/provider.h"
#include "engine/providers/text.h"

namespace hookswitch {

struct PairList {
  const hookswitch_pair* pairs = nullptr;
  size_t count = 0;
};

/// Refers to the texts of `headers`. nullopt when the arena is full.
inline std::optional<PairList> to_pairs(Arena& arena, const HeaderList* headers) {
  if (headers == nullptr || headers->empty()) return PairList{};
  auto* pairs = static_cast<hookswitch_pair*>(arena.alloc(headers->size() * sizeof(hookswitch_pair)));
  if (pairs == nullptr) return std::nullopt;
  for (size_t i = 0; i < headers->size(); ++i) pairs[i] = {to_c((*headers)[i].first), to_c((*headers)[i].second)};
  return PairList{pairs, headers->size()};
}

}  // namespace hookswitch
