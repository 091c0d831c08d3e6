// Forms and queries as text, for providers that tests play.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace hookswitch::test {

inline std::string decoded(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// One field of a form or a query, decoded; "" without it.
inline std::string field(const std::string& form, const std::string& name) {
  size_t at = 0;
  while (at < form.size()) {
    size_t end = std::min(form.find('&', at), form.size());
    std::string pair = form.substr(at, end - at);
    if (pair.starts_with(name + "=")) return decoded(pair.substr(name.size() + 1));
    at = end + 1;
  }
  return "";
}

inline std::string query_of(const std::string& url) {
  size_t mark = url.find('?');
  return mark == std::string::npos ? "" : url.substr(mark + 1, url.find_first_of(" #", mark) - mark - 1);
}

inline std::string encoded(const std::string& text) {
  std::string out;
  for (unsigned char c : text) {
    out += std::isalnum(c) != 0 ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  }
  return out;
}

}  // namespace hookswitch::test
