// Base64 as it stands in a JSON text, decoded piece by piece: audio that came inside a delivery is larger than memory
// should be.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace hookswitch {

class Base64Stream {
 public:
  /// What the next piece brings. "\/" is '/', as JSON may write it. Errors: invalid.
  Result<std::string> feed(std::string_view piece);
  /// After the last piece. Errors: invalid, when something is missing.
  Status finish() const;

 private:
  uint32_t bits_ = 0;    // of the group of four under way
  int digits_ = 0;       // of it, padding included
  int padding_ = 0;      // '=' at the end
  bool escape_ = false;  // a backslash was the last
};

}  // namespace hookswitch
