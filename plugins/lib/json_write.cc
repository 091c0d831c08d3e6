#include "plugins/lib/json_write.h"

#include <charconv>
#include <cstring>

#include "plugins/lib/numbers.h"

namespace hookswitch::plugin {

namespace {

constexpr int kLevels = 32;

/// Of an element whose type was looked at.
template <class T>
T simdjson_value(const simdjson::dom::element& element) {
  T out{};
  return element.get(out) == simdjson::SUCCESS ? out : T{};
}

void append_integer(std::string& out, auto number) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

/// Does any of eight bytes need an escape: a quote, a backslash or a control character?
bool needs_escape(uint64_t eight) {
  constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;
  auto has_zero = [](uint64_t x) { return (x - kOnes) & ~x & kTops; };
  uint64_t control = (eight - kOnes * 0x20) & ~eight & kTops;
  return (control | has_zero(eight ^ (kOnes * '"')) | has_zero(eight ^ (kOnes * '\\'))) != 0;
}

/// How many bytes of `text` from `from` on can be copied as they are.
size_t plain_run(std::string_view text, size_t from) {
  size_t at = from;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, 8);
    if (needs_escape(eight)) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x20 && text[at] != '"' && text[at] != '\\') ++at;
  return at - from;
}

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default: {
      constexpr char kDigits[] = "0123456789abcdef";
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[c & 15];
    }
  }
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (size_t at = 0; at < text.size();) {
    size_t run = plain_run(text, at);
    out.append(text.substr(at, run));
    at += run;
    if (at < text.size()) append_escape(out, text[at++]);
  }
  out += '"';
}

/// Between values; where one is begun, or the comma is there already, none is needed.
void JsonWriter::comma() {
  if (out_.empty()) return;
  char last = out_.back();
  if (last != '{' && last != '[' && last != ':' && last != ',') out_ += ',';
}

void JsonWriter::name(std::string_view key) {
  comma();
  out_ += '"';
  out_ += key;
  out_ += "\":";
}

void JsonWriter::foreign_key(std::string_view key) {
  comma();
  append_quoted(out_, key);
  out_ += ':';
}

void JsonWriter::open(char bracket) {
  comma();
  out_ += bracket;
}

void JsonWriter::close(char bracket) { out_ += bracket; }

void JsonWriter::text(std::string_view key, std::string_view value) {
  if (value.empty()) return;
  name(key);
  append_quoted(out_, value);
}

void JsonWriter::text_value(std::string_view value) {
  comma();
  append_quoted(out_, value);
}

void JsonWriter::integer(std::string_view key, std::optional<int64_t> value) {
  if (!value) return;
  name(key);
  append_integer(out_, *value);
}

void JsonWriter::real(std::string_view key, std::optional<double> value) {
  if (!value) return;
  name(key);
  append_real(out_, *value);
}

void JsonWriter::flag(std::string_view key, std::optional<bool> value) {
  if (!value) return;
  name(key);
  out_ += *value ? "true" : "false";
}

void JsonWriter::copy(std::string_view key, JsonValue value) {
  if (!value.exists()) return;
  name(key);
  copy_value(value);
}

void JsonWriter::json(std::string_view key, std::string_view raw) {
  name(key);
  out_ += raw;
}

void JsonWriter::copy_value(JsonValue value) {
  comma();
  if (value.element() == nullptr) {
    out_ += "null";
  } else {
    copy_element(*value.element(), kLevels);
  }
}

void JsonWriter::copy_element(const simdjson::dom::element& element, int levels) {
  JsonValue value(element);
  bool object = value.is_object();
  if (!object && !value.is_array()) return copy_scalar(element);
  if (levels == 0) {
    out_ += "null";
    return;
  }
  open(object ? '{' : '[');
  value.each_field([&](std::string_view key, JsonValue member) {
    foreign_key(key);
    copy_element(*member.element(), levels - 1);
  });
  value.each_item([&](JsonValue item) {
    comma();
    copy_element(*item.element(), levels - 1);
  });
  close(object ? '}' : ']');
}

void JsonWriter::copy_scalar(const simdjson::dom::element& element) {
  using Type = simdjson::dom::element_type;
  switch (element.type()) {
    case Type::STRING:
      return append_quoted(out_, JsonValue(element).text());
    case Type::INT64:
      return append_integer(out_, simdjson_value<int64_t>(element));
    case Type::UINT64:
      return append_integer(out_, simdjson_value<uint64_t>(element));
    case Type::DOUBLE:
      return append_real(out_, simdjson_value<double>(element));
    case Type::BOOL:
      out_ += simdjson_value<bool>(element) ? "true" : "false";
      return;
    default:
      out_ += "null";
  }
}

}  // namespace hookswitch::plugin
