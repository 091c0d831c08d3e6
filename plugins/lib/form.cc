#include "plugins/lib/form.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>

#include "plugins/lib/json_write.h"

namespace hookswitch::plugin {

namespace {

constexpr size_t kQuotes = 6;  // bytes of JSON around a name and its value

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The byte that the first two characters name as hex digits.
std::optional<char> hex_byte(std::string_view text) {
  int high = text.size() < 2 ? -1 : hex_digit(text[0]), low = text.size() < 2 ? -1 : hex_digit(text[1]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

/// Bytes of the UTF-8 sequence at the start of `text`, 0 when it is none.
size_t utf8_size(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  size_t size = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return size != 0 && size <= text.size() && simdjson::validate_utf8(text.substr(0, size)) ? size : 0;
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-_.*";
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 kPlain.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += {'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]};
    }
  }
}

void append_utf8(std::string& out, std::string_view text) {
  std::string storage;
  append_quoted(out, as_utf8(text, storage));
}

}  // namespace

std::string_view as_utf8(std::string_view text, std::string& storage) {
  if (simdjson::validate_utf8(text)) return text;
  storage.clear();
  while (!text.empty()) {
    size_t size = utf8_size(text);
    storage += size != 0 ? text.substr(0, size) : "\xEF\xBF\xBD";
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return storage;
}

void append_param(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += '&';
  append_encoded(out, name);
  out += '=';
  append_encoded(out, value);
}

Form::Form(std::string_view encoded) : buffer_(encoded.size(), '\0'), end_(buffer_.data()) {
  params_.reserve(static_cast<size_t>(std::count(encoded.begin(), encoded.end(), '&')) + 1);
  while (!encoded.empty()) {
    size_t end = std::min(encoded.find('&'), encoded.size());
    std::string_view pair = encoded.substr(0, end);
    encoded.remove_prefix(std::min(end + 1, encoded.size()));
    if (pair.empty()) continue;
    size_t equals = std::min(pair.find('='), pair.size());
    std::string_view name = decode(pair.substr(0, equals));
    params_.push_back({name, decode(pair.substr(std::min(equals + 1, pair.size())))});
  }
}

std::string_view Form::decode(std::string_view encoded) {
  const char* start = end_;
  for (size_t at = 0; at < encoded.size(); ++at) {
    char c = encoded[at];
    auto byte = c == '%' ? hex_byte(encoded.substr(at + 1)) : std::nullopt;
    if (byte) at += 2;
    *end_++ = byte ? *byte : c == '+' ? ' ' : c;
  }
  return {start, end_};
}

std::string_view Form::get(std::string_view name) const {
  auto at = std::ranges::find(params_, name, &FormParam::name);
  return at == params_.end() ? "" : at->value;
}

bool Form::has(std::string_view name) const {
  return std::ranges::find(params_, name, &FormParam::name) != params_.end();
}

std::string Form::to_json() const {
  std::vector<FormParam> sorted = params_;
  std::ranges::stable_sort(sorted, {}, &FormParam::name);
  const std::string_view decoded(buffer_.data(), end_);
  const bool ascii = std::ranges::none_of(decoded, [](char c) { return c < 0; });
  auto append = ascii ? append_quoted : append_utf8;
  std::string out;
  out.reserve(decoded.size() + kQuotes * params_.size() + 2);
  out += '{';
  for (size_t i = 0; i < sorted.size();) {
    size_t next = i + 1;
    while (next < sorted.size() && sorted[next].name == sorted[i].name) ++next;
    if (i != 0) out += ',';
    append(out, sorted[i].name);
    out += next - i > 1 ? ":[" : ":";
    for (size_t j = i; j < next; ++j) {
      if (j != i) out += ',';
      append(out, sorted[j].value);
    }
    if (next - i > 1) out += ']';
    i = next;
  }
  out += '}';
  return out;
}

}  // namespace hookswitch::plugin
