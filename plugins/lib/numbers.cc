#include "plugins/lib/numbers.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "plugins/lib/json_read.h"

namespace hookswitch::plugin {

namespace {

template <class T>
std::optional<T> read_all(std::string_view text) {
  T out{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return out;
}

bool is_number_char(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
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

/// `token` as JSON that a 64-bit type can hold.
void append_fitting(std::string& out, std::string_view token) {
  bool integer = token.find_first_of(".eE") == std::string_view::npos;
  if (!is_number(token) || (integer && (read_all<int64_t>(token) || read_all<uint64_t>(token)))) {
    out += token;
    return;
  }
  double number = 0;
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (error == std::errc::result_out_of_range) {
    // Which way, only strtod tells: there may be hundreds of zeros instead of an exponent.
    bool tiny = std::isfinite(std::strtod(std::string(token).c_str(), nullptr));
    out += tiny ? "0.0" : token.front() == '-' ? "-1.7976931348623157e308" : "1.7976931348623157e308";
  } else {
    out += token;
    if (integer) out += ".0";
  }
}

}  // namespace

std::optional<double> read_real(std::string_view text) {
  std::optional<double> out = read_all<double>(text);
  return out && std::isfinite(*out) ? out : std::nullopt;
}

std::optional<int64_t> read_integer(std::string_view text) { return read_all<int64_t>(text); }

std::optional<int64_t> whole(std::optional<double> number) {
  if (!number || !(std::abs(*number) < 9.2e18)) return std::nullopt;
  return static_cast<int64_t>(*number);
}

void append_real(std::string& out, double number) {
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

std::string rewrite_numbers(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 32);
  bool quoted = false;
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    if (quoted || !(c == '-' || (c >= '0' && c <= '9'))) {
      if (quoted && c == '\\' && i + 1 < text.size()) out += text[i++];
      if (c == '"') quoted = !quoted;
      out += text[i++];
      continue;
    }
    size_t end = i;
    while (end < text.size() && is_number_char(text[end])) ++end;
    append_fitting(out, text.substr(i, end - i));
    i = end;
  }
  return out;
}

}  // namespace hookswitch::plugin
