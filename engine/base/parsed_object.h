// A JSON object parsed once for all who look at it: the check of what a plugin gave, the call's facts, the rules.
#pragma once

#include <simdjson.h>

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace hookswitch {

/// Immutable; does not need the text any more. Its buffers are used again for a later one. [any]
class ParsedObject {
 public:
  /// The error is what was found instead: "does not parse: ..." or "is JSON but no object".
  static std::expected<std::shared_ptr<const ParsedObject>, std::string> parse(std::string_view text);

  const simdjson::dom::element& root() const { return root_; }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

}  // namespace hookswitch
