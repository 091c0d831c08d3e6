// What a token may be called: its id begins with it.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>

namespace hookswitch {

constexpr size_t kTokenNameBytes = 64;

inline bool is_token_name(const std::string& text) {
  auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && text.size() <= kTokenNameBytes && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace hookswitch
