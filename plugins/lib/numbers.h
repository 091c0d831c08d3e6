// Numbers as text: reading them whole or not at all, and writing them so that the kind survives.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookswitch::plugin {

/// nullopt unless the whole text is a decimal number that a double can hold.
std::optional<double> read_real(std::string_view text);

/// nullopt unless the whole text is a whole number that fits.
std::optional<int64_t> read_integer(std::string_view text);

/// The number without its fraction; nullopt when it does not fit.
std::optional<int64_t> whole(std::optional<double> number);

/// As JSON, shortest, and always with a '.' or an exponent, so that it is read as floating again.
void append_real(std::string& out, double number);

}  // namespace hookswitch::plugin
