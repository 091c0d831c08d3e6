// Fast hashes for checksums and keys (XXH3), SHA-256 for names that must not collide, hex.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace hookswitch {

/// XXH3 64: record checksums, ordering keys. Not for secrets.
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

/// XXH3 128 as 16 bytes: keys of things we have seen. Not for secrets.
std::string hash128(std::string_view bytes);

/// SHA-256 as 64 lower-case hex digits: blob names, rule versions, stored tokens.
std::string sha256_hex(std::string_view bytes);

std::string to_hex(std::string_view bytes);

}  // namespace hookswitch
