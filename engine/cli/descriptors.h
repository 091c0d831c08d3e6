// How many descriptors this process may open at once: every connection is one.
#pragma once

#include <cstdint>
#include <string>

namespace hookswitch::cli {

/// Takes all that the system allows this process: what it is given at first, often 1024, is for programs that use
/// select(). Returns a complaint when `connections` do not fit beside what the engine opens itself; "" when they do.
/// Those that do not fit wait unheard, but nothing breaks.
std::string take_descriptors(uint64_t connections);

}  // namespace hookswitch::cli
