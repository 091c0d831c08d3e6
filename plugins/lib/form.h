// application/x-www-form-urlencoded, as vendors post it: decoded values, order and repetitions kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookswitch::plugin {

struct FormParam {
  std::string_view name, value;
  friend auto operator<=>(const FormParam&, const FormParam&) = default;
};

/// Decoded once into one buffer. A '%' that is not followed by two hex digits stands for itself.
class Form {
 public:
  explicit Form(std::string_view encoded);
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;

  const std::vector<FormParam>& params() const { return params_; }
  /// The first value of that name, or "".
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;

  /// A JSON object of texts; a repeated name becomes a list. What is not UTF-8 becomes U+FFFD.
  std::string to_json() const;

 private:
  std::string_view decode(std::string_view encoded);

  std::string buffer_;  // as long as what is decoded, which never grows, so the views stay
  char* end_;           // of what is decoded
  std::vector<FormParam> params_;
};

/// Appends `&name=value` (without '&' to an empty text), encoded as vendors do: blanks as '+'.
void append_param(std::string& out, std::string_view name, std::string_view value);

/// The text if it is UTF-8, else a copy at `storage` with U+FFFD for every wrong byte.
std::string_view as_utf8(std::string_view text, std::string& storage);

}  // namespace hookswitch::plugin
