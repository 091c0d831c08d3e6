#include "engine/api/byte_range.h"

#include <algorithm>
#include <charconv>

#include "engine/http/head_rules.h"

namespace hookswitch {
namespace {

constexpr std::string_view kUnit = "bytes=";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A number too large for a file is the largest there is.
std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  return error == std::errc::result_out_of_range ? UINT64_MAX : value;
}

RangeAsked last_bytes(uint64_t count, uint64_t size) {
  if (count == 0 || size == 0) return {RangeKind::unsatisfiable, {}};
  count = std::min(count, size);
  return {RangeKind::part, {size - count, count}};
}

}  // namespace

RangeAsked asked_range(std::string_view header, uint64_t size) {
  if (header.size() <= kUnit.size() || !equal_ignoring_case(header.substr(0, kUnit.size()), kUnit)) return {};
  std::string_view spec = trimmed(header.substr(kUnit.size()));
  size_t dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return {};
  auto first = number(spec.substr(0, dash)), last = number(spec.substr(dash + 1));
  bool open_end = dash + 1 == spec.size();
  if (dash == 0) return last ? last_bytes(*last, size) : RangeAsked{};
  if (!first || (!last && !open_end) || (last && *last < *first)) return {};
  if (*first >= size) return {RangeKind::unsatisfiable, {}};
  uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {RangeKind::part, {*first, end - *first + 1}};
}

}  // namespace hookswitch
