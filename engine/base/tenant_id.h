// How a tenant is called everywhere.
#pragma once

#include <string_view>

namespace hookswitch {

/// Whether it is "business/location": two parts, neither of nothing, without blanks.
constexpr bool is_tenant_id(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != text.npos && slash > 0 && slash + 1 < text.size() && text.rfind('/') == slash &&
         text.find_first_of(" \t\r\n") == text.npos;
}

}  // namespace hookswitch
