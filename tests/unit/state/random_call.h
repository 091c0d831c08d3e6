// Made-up words about a call, from a seed.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "engine/state/call.h"

namespace hookswitch {

/// One write to a call: a field, a map's key or an external id.
struct Word {
  int where = 0;  // 0 field, 1 variable, 2 metadata, 3 external id
  CallField field = CallField::tenant;
  FieldValue value;
  std::string key;
  std::string text;
  Stamp stamp;

  void apply(Call& call) const;
};

using Random = std::mt19937_64;

inline uint64_t below(Random& random, uint64_t bound) { return random() % bound; }

FieldValue random_value(Random& random, const CallFieldInfo& info);
std::vector<Word> random_words(Random& random, size_t count);

}  // namespace hookswitch
