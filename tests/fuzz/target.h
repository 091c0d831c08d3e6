// What a fuzz target is: one function that takes any bytes, and ends the program when a promise is broken.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace hookswitch::fuzz {

/// Each target defines this one. A crash, a sanitizer's report and a failed ENSURE are findings.
void try_input(std::string_view input);

/// Takes an input apart from its front; behind its end there are zeros and empty texts.
class Input {
 public:
  explicit Input(std::string_view bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }
  uint8_t byte();
  uint64_t number();  // eight bytes, little-endian
  /// Up to the next line end, which goes with it.
  std::string_view line();
  std::string_view bytes(size_t bytes_max);
  std::string_view rest() { return bytes(left_.size()); }

 private:
  std::string_view left_;
};

/// The text in pieces of 1 to 64 bytes; the same text is always cut in the same places.
std::vector<std::string_view> pieces(std::string_view text);

}  // namespace hookswitch::fuzz
