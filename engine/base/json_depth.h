// How deep JSON is nested, told before it is parsed: what walks a parsed value recurses, and its stack is bounded.
#pragma once

#include <cstddef>
#include <string_view>

namespace hookswitch {

/// Whether arrays and objects lie in each other more than `levels` deep. Of text that is no JSON some answer.
bool nests_deeper(std::string_view json, size_t levels);

}  // namespace hookswitch
