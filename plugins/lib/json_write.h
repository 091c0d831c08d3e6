// Writes the normalized `data` of an event: one pass, no tree, and what is unknown is left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "plugins/lib/json_read.h"

namespace hookswitch::plugin {

/// Members are written in the order of the calls. Keys given as literals are taken as they are; texts must be UTF-8.
class JsonWriter {
 public:
  explicit JsonWriter(size_t expected_bytes = 1024) { out_.reserve(expected_bytes); }

  void open_object() { open('{'); }
  void open_array() { open('['); }
  void open_object(std::string_view key) { name(key), open('{'); }
  void open_array(std::string_view key) { name(key), open('['); }
  void close_object() { close('}'); }
  void close_array() { close(']'); }

  /// A key that comes from outside.
  void foreign_key(std::string_view key);

  void text(std::string_view key, std::string_view value);           // left out when empty
  void integer(std::string_view key, std::optional<int64_t> value);  // left out when unknown
  void real(std::string_view key, std::optional<double> value);
  void flag(std::string_view key, std::optional<bool> value);
  void copy(std::string_view key, JsonValue value);  // left out when absent or null
  void json(std::string_view key, std::string_view raw);

  void text_value(std::string_view value);
  /// A copy of a value, its numbers' kinds kept; below 32 levels of nesting it becomes null (`raw` still has it).
  void copy_value(JsonValue value);

  std::string take() { return std::move(out_); }

 private:
  void name(std::string_view key);
  void comma();
  void open(char bracket);
  void close(char bracket);
  void copy_element(const simdjson::dom::element& element, int levels);
  void copy_scalar(const simdjson::dom::element& element);

  std::string out_;
};

/// Appends `text` as a JSON string, with quotes.
void append_quoted(std::string& out, std::string_view text);

}  // namespace hookswitch::plugin
