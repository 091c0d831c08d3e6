#include "plugins/lib/json_read.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "plugins/lib/numbers.h"

namespace hookswitch::plugin {

namespace {

constexpr size_t kEscapeBytes = 6;      // of \uXXXX
constexpr size_t kKeptBytes = 1 << 20;  // larger buffers are given back before the next smaller text

/// Only the place and wording of a syntax error; used after the fast parser said no.
class ErrorPlace final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(int64_t) override { return true; }
  bool number_unsigned(uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(nlohmann::json::binary_t&) override { return true; }
  bool start_object(size_t) override { return true; }
  bool key(std::string&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    position_ = position;
    return false;
  }
  size_t position() const { return position_; }

 private:
  size_t position_ = 0;
};

std::string describe(simdjson::error_code error, std::string_view text) {
  if (error == simdjson::DEPTH_ERROR) {
    return "read JSON: found nesting deeper than " + std::to_string(kJsonDeepest) + ", expected less";
  }
  if (error == simdjson::EMPTY || text.empty()) return "read JSON: found nothing, expected a value";
  ErrorPlace place;
  nlohmann::json::sax_parse(rewrite_surrogates(text), &place);
  return "read JSON: found an error at byte " + std::to_string(place.position()) + " of " +
         std::to_string(text.size()) + " (" + simdjson::error_message(error) + "), expected valid JSON";
}

/// The half of a surrogate pair that is escaped as \uXXXX at `at`: 0xD8 for a first one, 0xDC for a second, else 0.
unsigned surrogate_at(std::string_view text, size_t at) {
  unsigned code = 0;
  std::string_view escape = text.substr(std::min(at, text.size()), kEscapeBytes);
  if (escape.size() < kEscapeBytes || !escape.starts_with("\\u")) return 0;
  auto [end, error] = std::from_chars(escape.data() + 2, escape.data() + escape.size(), code, 16);
  bool whole = error == std::errc() && end == escape.data() + escape.size();
  return whole && code >= 0xD800 && code <= 0xDFFF ? code >> 8 & 0xFC : 0;
}

}  // namespace

std::string rewrite_surrogates(std::string_view text) {
  std::string out(text);
  for (size_t at = text.find('\\'); at < text.size(); at = text.find('\\', at)) {
    unsigned half = surrogate_at(text, at);
    if (half == 0) {
      at += 2;  // what is escaped is no backslash of its own
    } else if (half == 0xD8 && surrogate_at(text, at + kEscapeBytes) == 0xDC) {
      at += 2 * kEscapeBytes;
    } else {
      out.replace(at, kEscapeBytes, "\\ufffd");
      at += kEscapeBytes;
    }
  }
  return out;
}

JsonValue JsonValue::operator[](std::string_view key) const {
  simdjson::dom::element found;
  if (!is_object() || element_->at_key(key).get(found) != simdjson::SUCCESS) return {};
  return JsonValue(found);
}

std::string_view JsonValue::text() const {
  std::string_view out;
  if (!element_ || element_->get(out) != simdjson::SUCCESS) return "";
  return out;
}

std::optional<double> JsonValue::number() const {
  double out = 0;
  if (element_ && element_->get(out) == simdjson::SUCCESS) return out;
  return read_real(text());
}

std::optional<int64_t> JsonValue::integer() const {
  int64_t out = 0;
  if (element_ && element_->get(out) == simdjson::SUCCESS) return out;
  return whole(number());
}

std::optional<bool> JsonValue::flag() const {
  bool out = false;
  if (!element_ || element_->get(out) != simdjson::SUCCESS) return std::nullopt;
  return out;
}

std::string JsonValue::id() const {
  if (is_text()) return std::string(text());
  int64_t number = 0;
  if (element_ && element_->get(number) == simdjson::SUCCESS) return std::to_string(number);
  return "";
}

simdjson::error_code JsonReader::try_parse(std::string_view text, simdjson::dom::element& out) {
  if (!parser_ || (capacity_ > kKeptBytes && text.size() <= kKeptBytes)) {
    parser_ = std::make_unique<simdjson::dom::parser>();
    capacity_ = 0;
  }
  if (text.size() > capacity_ || capacity_ == 0) {
    capacity_ = std::max<size_t>(text.size(), 16 * 1024);
    if (auto error = parser_->allocate(capacity_, kJsonDeepest); error != simdjson::SUCCESS) {
      parser_.reset();  // one that got half of its memory would be used as if it had it all
      return error;
    }
  }
  return parser_->parse(text.data(), text.size()).get(out);
}

Outcome<JsonValue> JsonReader::parse(std::string_view text) {
  text_ = text;
  simdjson::dom::element root;
  simdjson::error_code error = try_parse(text, root);
  if (error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR) {
    rewritten_ = rewrite_numbers(rewrite_surrogates(text));
    text_ = rewritten_;
    error = try_parse(rewritten_, root);
  }
  if (error != simdjson::SUCCESS) return std::unexpected(describe(error, text));
  return JsonValue(root);
}

}  // namespace hookswitch::plugin
