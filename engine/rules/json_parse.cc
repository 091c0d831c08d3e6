#include "engine/rules/json_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace hookswitch {
namespace {

bool in_number(char c) { return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

/// The end of the string literal that begins at `at`.
size_t string_end(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

size_t digits(std::string_view& text) {
  const size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(count);
  return count;
}

/// As JSON writes numbers. What is none is left as it is, for the parser to refuse.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool zero = text.starts_with('0');
  const size_t whole = digits(text);
  if (whole == 0 || (zero && whole > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (digits(text) == 0) return false;
  }
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return digits(text) > 0 && text.empty();
}

template <class T>
bool fits(std::string_view token) {
  T value{};
  return std::from_chars(token.data(), token.data() + token.size(), value).ec == std::errc();
}

bool fits_integer(std::string_view token) { return fits<int64_t>(token) || fits<uint64_t>(token); }

/// Shorter numbers cannot be out of range unless they have an exponent.
std::string number_in_range(std::string_view token) {
  const bool is_integer = token.find_first_of(".eE") == std::string_view::npos;
  if ((is_integer && token.size() < 19) || !is_number(token)) return std::string(token);
  double number = std::strtod(std::string(token).c_str(), nullptr);
  constexpr double kMax = std::numeric_limits<double>::max();
  if (std::isinf(number)) number = number > 0 ? kMax : -kMax;
  if (is_integer && fits_integer(token)) return std::string(token);
  std::string out = fmt::format("{:.17g}", number);
  return out.find_first_of(".e") == std::string::npos ? out + ".0" : out;
}

constexpr size_t kEscapeBytes = 6;  // of \uXXXX

enum class Half { none, first, second };

/// Which half of a surrogate pair is escaped at `at`.
Half half_at(std::string_view text, size_t at) {
  const std::string_view escape = text.substr(std::min(at, text.size()), kEscapeBytes);
  if (escape.size() < kEscapeBytes || !escape.starts_with("\\u")) return Half::none;
  unsigned code = 0;
  auto [end, error] = std::from_chars(escape.data() + 2, escape.data() + escape.size(), code, 16);
  const bool whole = error == std::errc() && end == escape.data() + escape.size();
  if (!whole || code < 0xD800 || code > 0xDFFF) return Half::none;
  return code < 0xDC00 ? Half::first : Half::second;
}

}  // namespace

std::string with_whole_pairs(std::string_view text) {
  std::string out(text);
  for (size_t at = out.find('\\'); at < out.size(); at = out.find('\\', at)) {
    const Half half = half_at(text, at);
    if (half == Half::none) {
      at += 2;  // what is escaped is no backslash of its own
    } else if (half == Half::first && half_at(text, at + kEscapeBytes) == Half::second) {
      at += 2 * kEscapeBytes;
    } else {
      out.replace(at, kEscapeBytes, "\\ufffd");
      at += kEscapeBytes;
    }
  }
  return out;
}

std::string with_numbers_in_range(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 32);
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    if (text[at] == '"') {
      end = string_end(text, at);
    } else if (text[at] == '-' || (text[at] >= '0' && text[at] <= '9')) {
      while (end < text.size() && in_number(text[end])) ++end;
      out += number_in_range(text.substr(at, end - at));
      at = end;
      continue;
    }
    out.append(text.substr(at, end - at));
    at = end;
  }
  return out;
}

Status JsonDocument::parse(std::string_view text) {
  auto code = parser_.parse(text.data(), text.size()).get(root_);
  if (code == simdjson::NUMBER_ERROR || code == simdjson::STRING_ERROR) {
    const std::string rewritten = with_numbers_in_range(with_whole_pairs(text));
    code = parser_.parse(rewritten.data(), rewritten.size()).get(root_);
  }
  if (code == simdjson::SUCCESS) return {};
  return fail(Code::invalid, "parse JSON of {} bytes: {}", text.size(), simdjson::error_message(code));
}

}  // namespace hookswitch
