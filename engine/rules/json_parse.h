// JSON text parsed by simdjson, with what is valid and fits no type turned into what does, as for deliveries: numbers
// beyond 64 bits become the nearest float, and an escaped half of a surrogate pair, as is left of text that was cut
// within an emoji, becomes U+FFFD.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace hookswitch {

/// Owns the parser; reusing one saves its buffers. The root is valid until the next parse.
class JsonDocument {
 public:
  Status parse(std::string_view text);
  simdjson::dom::element root() const { return root_; }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

/// The same JSON with every number that is out of range written as a float in range: 1e400 becomes the greatest float,
/// 2^70 becomes 1.1805916207174113e21.
std::string with_numbers_in_range(std::string_view text);

/// The same JSON with \ufffd for every \uD800 to \uDFFF that has no other half beside it.
std::string with_whole_pairs(std::string_view text);

}  // namespace hookswitch
