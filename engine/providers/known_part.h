// Reading a struct of the plugin interface that may be older or newer than ours.
#pragma once

#include <algorithm>
#include <cstring>

namespace hookswitch {

/// What the other side filled of a struct that begins with `size`; the rest is zero.
template <class T>
T known_part(const T& theirs) {
  T ours{};
  std::memcpy(&ours, &theirs, std::min(theirs.size, sizeof(T)));
  return ours;
}

}  // namespace hookswitch
