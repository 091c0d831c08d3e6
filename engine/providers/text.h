// Texts across the plugin boundary.
#pragma once

#include <string_view>

#include "engine/abi/provider.h"

namespace hookswitch {

inline std::string_view to_view(hookswitch_str text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

inline const unsigned char* bytes_of(hookswitch_str text) { return reinterpret_cast<const unsigned char*>(text.data); }

inline hookswitch_str to_c(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace hookswitch
