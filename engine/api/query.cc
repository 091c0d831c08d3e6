#include "engine/api/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/base/limits.h"
#include "engine/base/nearest.h"
#include "engine/base/time_text.h"
#include "engine/http/url.h"

namespace hookswitch {
namespace {

constexpr size_t kShownBytes = 80;

std::optional<int64_t> whole(std::string_view text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  size_t begin = 0;
  while (true) {
    size_t comma = text.find(',', begin);
    out.push_back(text.substr(begin, comma - begin));
    if (comma == std::string::npos) return out;
    begin = comma + 1;
  }
}

// What is expected of the value, or "" when it is fine.
std::string objection(const Parameter& parameter, const std::string& value) {
  auto is_word = [&](const std::string& word) {
    return std::find(parameter.words.begin(), parameter.words.end(), word) != parameter.words.end();
  };
  auto words = split(value);
  switch (parameter.type) {
    case ParameterType::text:
      return "";
    case ParameterType::time:
      return parse_time(value) ? "" : "a time such as 2025-02-14T12:48:17Z, a date, or milliseconds since 1970";
    case ParameterType::number: {
      auto number = whole(value);
      bool fits = number && *number >= 1 && *number <= static_cast<int64_t>(limits::kPageRows);
      return fits ? "" : fmt::format("a whole number from 1 to {}", limits::kPageRows);
    }
    case ParameterType::word:
      if (is_word(value)) return "";
      return fmt::format("one of {}{}", fmt::join(parameter.words, " "), suggestion(value, parameter.words));
    case ParameterType::words:
      if (std::all_of(words.begin(), words.end(), is_word)) return "";
      return fmt::format("some of {} with commas between", fmt::join(parameter.words, " "));
  }
  return "";
}

// A date alone: its midnight in UTC.
std::optional<int64_t> parse_date(std::string_view text) {
  if (text.size() != 10 || whole(text)) return std::nullopt;
  return parse_rfc3339(std::string(text) + "T00:00:00Z");
}

}  // namespace

std::optional<int64_t> parse_time(std::string_view text) {
  if (auto ms = whole(text)) return ms;
  if (auto ms = parse_rfc3339(text)) return ms;
  return parse_date(text);
}

Result<Query> Query::parse(std::string_view raw, const std::vector<Parameter>& known) {
  auto pairs = parse_query(raw);
  if (!pairs) return std::unexpected(pairs.error());
  Query out;
  for (const auto& [name, value] : *pairs) {
    auto found = std::find_if(known.begin(), known.end(), [&](const Parameter& p) { return p.name == name; });
    if (found == known.end()) {
      std::vector<std::string> names;
      for (const Parameter& parameter : known) names.push_back(parameter.name);
      return fail(Code::invalid, "query parameter {}: found an unknown one, expected {}{}", name.substr(0, kShownBytes),
                  names.empty() ? "none" : fmt::format("one of {}", fmt::join(names, " ")), suggestion(name, names));
    }
    if (std::string expected = objection(*found, value); !expected.empty()) {
      return fail(Code::invalid, "query parameter {}: found \"{}\", expected {}", name, value.substr(0, kShownBytes),
                  expected);
    }
    if (!out.values_.emplace(name, value).second) {
      return fail(Code::invalid, "query parameter {}: found it twice, expected it once", name);
    }
  }
  return out;
}

std::string Query::text(const std::string& name) const {
  auto found = values_.find(name);
  return found == values_.end() ? "" : found->second;
}

int64_t Query::time(const std::string& name, int64_t otherwise) const {
  return parse_time(text(name)).value_or(otherwise);
}

int64_t Query::time(const std::string& name, const LocalZone& zone, int64_t otherwise) const {
  auto midnight = parse_date(text(name));
  return midnight ? zone.start_of_date(*midnight) : time(name, otherwise);
}

std::vector<std::string> Query::words(const std::string& name) const {
  return has(name) ? split(text(name)) : std::vector<std::string>{};
}

size_t Query::limit() const {
  return has("limit") ? static_cast<size_t>(whole(text("limit")).value_or(1)) : limits::kPageRowsDefault;
}

}  // namespace hookswitch
