// The part of a body that a Range header asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hookswitch {

struct ByteRange {
  uint64_t offset = 0;
  uint64_t bytes = 0;
  bool operator==(const ByteRange&) const = default;
};

enum class RangeKind {
  whole,          // none, several at once, or one that cannot be understood: then the header is left out of account
  part,           // as `range` says
  unsatisfiable,  // it begins behind the end: 416
};

struct RangeAsked {
  RangeKind kind = RangeKind::whole;
  ByteRange range;
};

/// `header` as in RFC 9110, "bytes=0-499", "bytes=500-", "bytes=-500"; `size` of the whole body.
RangeAsked asked_range(std::string_view header, uint64_t size);

}  // namespace hookswitch
