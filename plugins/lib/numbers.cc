#include "plugins/lib/numbers.h"

#include <algorithm>
#include <charconv>

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

/// `token` as JSON that a 64-bit type can hold. A token that is no number is left for the parser to refuse.
void append_fitting(std::string& out, std::string_view token) {
  bool integer = token.find_first_of(".eE") == std::string_view::npos;
  if (integer && (read_all<int64_t>(token) || read_all<uint64_t>(token))) {
    out += token;
    return;
  }
  double number = 0;
  auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (end != token.data() + token.size() || error == std::errc::invalid_argument) {
    out += token;
  } else if (error == std::errc::result_out_of_range) {
    bool tiny = token.find("e-") != std::string_view::npos || token.find("E-") != std::string_view::npos;
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
