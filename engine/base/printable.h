// Text from elsewhere, such as a rule's or a caller's, as one line on a terminal or in a log of text.
#pragma once

#include <string>
#include <string_view>

namespace hookswitch {

/// Control characters and bytes that are not UTF-8 become what they are written as in C: "\n", "\x1b". Everything else
/// stays, also a backslash.
std::string printable(std::string_view text);

/// Whether printable() would leave it as it is.
bool is_printable(std::string_view text);

}  // namespace hookswitch
