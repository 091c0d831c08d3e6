#include "engine/config/units.h"

#include <charconv>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace hookswitch {
namespace {

using Unit = std::pair<std::string_view, uint64_t>;

constexpr Unit kSizes[] = {
    {"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}};

std::optional<uint64_t> parse(std::string_view text, std::span<const Unit> units) {
  uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  std::string_view rest = text.substr(static_cast<size_t>(end - text.data()));
  for (const auto& [name, factor] : units) {
    if (rest != name) continue;
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / factor) return std::nullopt;
    return number * factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> parse_size_bytes(std::string_view text) { return parse(text, kSizes); }

std::optional<int> parse_time_of_day(std::string_view text) {
  auto digit = [&](size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
  int hours = (text[0] - '0') * 10 + (text[1] - '0');
  int minutes = (text[3] - '0') * 10 + (text[4] - '0');
  int total = hours * 60 + minutes;
  if (minutes > 59 || total > 24 * 60) return std::nullopt;
  return total;
}

}  // namespace hookswitch
