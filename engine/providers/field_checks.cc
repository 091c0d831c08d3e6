#include "engine/providers/field_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/base/limits.h"
#include "engine/providers/text.h"

namespace hookswitch {

namespace {

/// Would it break the request apart? Names as HTTP/2 wants them, values without line ends.
bool is_header(std::string_view name, std::string_view value) {
  bool plain = std::ranges::all_of(
      name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
  return plain && !name.empty() && std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == 0; });
}

/// Of the connection and not of what is asked: of two that differ nobody knows which one the other side believes.
bool is_of_connection(std::string_view name) {
  constexpr std::array<std::string_view, 11> kNames = {
      "host",    "content-length", "transfer-encoding", "connection",       "keep-alive",         "te",
      "trailer", "upgrade",        "expect",            "proxy-connection", "proxy-authorization"};
  return std::ranges::find(kNames, name) != kNames.end();
}

}  // namespace

std::string wrong_field(const Field& field) {
  if (field.text.data == nullptr && field.text.size != 0) {
    return fmt::format("{} has {} bytes at no address", field.name, field.text.size);
  }
  if (field.text.size > field.bytes_max) {
    return fmt::format("{} has {} bytes, expected at most {}", field.name, field.text.size, field.bytes_max);
  }
  return "";
}

std::string wrong_fields(std::initializer_list<Field> fields) {
  for (const Field& field : fields) {
    if (std::string wrong = wrong_field(field); !wrong.empty()) return wrong;
  }
  return "";
}

std::string wrong_status(const char* what, int status, int min, int max) {
  if (status >= min && status <= max) return "";
  return fmt::format("{} has the status {}, expected {} to {}", what, status, min, max);
}

bool is_label(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

std::string wrong_object(const char* name, std::string_view text, std::shared_ptr<const ParsedObject>* parsed) {
  auto object = ParsedObject::parse(text);
  if (!object) return fmt::format("{} {}, expected a JSON object", name, object.error());
  if (parsed != nullptr) *parsed = std::move(*object);
  return "";
}

std::string wrong_headers(const hookswitch_pair* headers, size_t count) {
  if (count > limits::kHeaderCount) {
    return fmt::format("added {} headers, expected at most {}", count, limits::kHeaderCount);
  }
  if (count != 0 && headers == nullptr) return "added headers at no address";
  for (size_t i = 0; i < count; ++i) {
    const hookswitch_pair& header = headers[i];
    std::string wrong = wrong_fields({{"a header's name", header.name, limits::kHeaderBytes},
                                      {"a header's value", header.value, limits::kHeaderBytes}});
    if (!wrong.empty()) return wrong;
    if (!is_header(to_view(header.name), to_view(header.value))) {
      return "a header is none, expected a name of a-z, 0-9, - and _ and a value of one line";
    }
    if (is_of_connection(to_view(header.name))) {
      return fmt::format("added the header {}, which is the connection's, expected it to be left to the engine",
                         to_view(header.name));
    }
  }
  return "";
}

HeaderList copied_headers(const hookswitch_pair* headers, size_t count) {
  HeaderList out;
  for (size_t i = 0; i < count; ++i) out.emplace_back(to_view(headers[i].name), to_view(headers[i].value));
  return out;
}

}  // namespace hookswitch
