// Whole numbers in as few bytes as they need: seven bits a byte, and signed ones folded so that small stays small.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookswitch {

inline void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

/// Takes a number off the front of `bytes`; nullopt when there is none.
inline std::optional<uint64_t> take_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

/// Appends the length and the bytes.
inline void put_varint_sized(std::string& out, std::string_view bytes) {
  put_varint(out, bytes.size());
  out += bytes;
}

inline std::optional<std::string_view> take_varint_sized(std::string_view& bytes) {
  auto size = take_varint(bytes);
  if (!size || *size > bytes.size()) return std::nullopt;
  std::string_view out = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  return out;
}

inline void put_zigzag(std::string& out, int64_t value) {
  put_varint(out, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

inline std::optional<int64_t> take_zigzag(std::string_view& bytes) {
  auto folded = take_varint(bytes);
  if (!folded) return std::nullopt;
  return static_cast<int64_t>((*folded >> 1) ^ (0 - (*folded & 1)));
}

}  // namespace hookswitch
