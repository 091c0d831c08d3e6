// Reads vendors' JSON leniently: what is missing, null or of another type is simply absent. Only text that is no JSON
// at all is an error, and says where.
//
// Two exceptions to "no JSON" are valid JSON that fits no type of ours: numbers like 10^40 and 1e400, and \ud83d, half
// of an escaped surrogate pair, which is what is left of text that was cut within an emoji. Text that holds one is
// rewritten (integers beyond 64 bits become floating, overflow the largest double, a half \ufffd) and read again.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

#include "plugins/lib/author.h"

namespace hookswitch::plugin {

constexpr size_t kJsonDeepest = 1000;  // nesting that is still read

/// A value of a parsed text, or its absence. Dies with the next parse of its reader.
class JsonValue {
 public:
  JsonValue() = default;
  explicit JsonValue(simdjson::dom::element element) : element_(element) {}

  /// False for what is absent or null.
  bool exists() const { return element_ && !element_->is_null(); }
  bool is_object() const { return element_ && element_->is_object(); }
  bool is_array() const { return element_ && element_->is_array(); }
  bool is_text() const { return element_ && element_->is_string(); }

  /// A member; absent unless this is an object that has it. Of repeated names the first.
  JsonValue operator[](std::string_view key) const;

  std::string_view text() const;         // "" unless a text
  std::optional<double> number() const;  // also from a text that is nothing but a number
  std::optional<int64_t> integer() const;
  std::optional<bool> flag() const;
  /// A text or whole number as text: what vendors use for ids.
  std::string id() const;

  template <class Fn>
  void each_item(Fn&& fn) const {
    simdjson::dom::array items;
    if (!element_ || element_->get(items) != simdjson::SUCCESS) return;
    for (simdjson::dom::element item : items) fn(JsonValue(item));
  }
  template <class Fn>
  void each_field(Fn&& fn) const {
    simdjson::dom::object fields;
    if (!element_ || element_->get(fields) != simdjson::SUCCESS) return;
    for (auto field : fields) fn(field.key, JsonValue(field.value));
  }

  const simdjson::dom::element* element() const { return element_ ? &*element_ : nullptr; }

 private:
  std::optional<simdjson::dom::element> element_;
};

/// Keeps its buffers from one text to the next. One thread.
class JsonReader {
 public:
  Outcome<JsonValue> parse(std::string_view text);
  /// The text that was read: the one given, or the rewritten one, which dies with the next parse.
  std::string_view text() const { return text_; }

 private:
  simdjson::error_code try_parse(std::string_view text, simdjson::dom::element& out);

  std::unique_ptr<simdjson::dom::parser> parser_;
  size_t capacity_ = 0;
  std::string rewritten_;
  std::string_view text_;
};

/// The text with every number that fits no 64-bit type replaced by the nearest that does.
std::string rewrite_numbers(std::string_view text);

/// The text, as long as before, with \ufffd for every escaped half of a surrogate pair that has no other half.
std::string rewrite_surrogates(std::string_view text);

}  // namespace hookswitch::plugin
