// Quantiles of observed numbers within 1 %, from counts that can be added and taken away in any order.
//
// A number falls into one of 64 equal parts of its power of two (below 128 each number has its own), so the middle of
// its part is never further from it than 1/128. Integer arithmetic only: equal observations give equal bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookswitch {

class Sketch {
 public:
  /// `times` may be negative: the exact inverse.
  void add(int64_t value, int64_t times);
  void add(const Sketch& other);
  bool empty() const { return parts_.empty(); }
  size_t parts() const { return parts_.size(); }
  /// Of observations.
  int64_t count() const;

  /// The value at or below which the share `q` (0..1) of all observations lies; nullopt when there are none.
  std::optional<int64_t> quantile(double q) const;

  /// For each part, by number: zigzag varint of the difference to the number before, zigzag varint of the count.
  void encode(std::string& out) const;
  static std::optional<Sketch> decode(std::string_view bytes);

  /// Appends what encode() would write after decode(bytes) and add(value, times), without taking all apart. False: the
  /// bytes are damaged, and what was appended is of no use.
  static bool add_encoded(std::string_view bytes, int64_t value, int64_t times, std::string& out);
  bool operator==(const Sketch&) const = default;

 private:
  std::vector<std::pair<int32_t, int64_t>> parts_;  // number, count; by number, no count is 0
};

}  // namespace hookswitch
