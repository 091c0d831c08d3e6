// Little-endian and order-preserving number encodings, and a reader that refuses to run past its end.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace hookswitch {

static_assert(std::endian::native == std::endian::little, "the on-disk format is little-endian and is not swapped");

/// Appends `value` as it lies in memory (little-endian).
template <class T>
void put_le(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T get_le(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Appends `value` big-endian, so that byte order is number order: for keys.
inline void put_be64(std::string& out, uint64_t value) {
  value = __builtin_bswap64(value);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline uint64_t get_be64(const char* at) { return __builtin_bswap64(get_le<uint64_t>(at)); }

/// Appends a signed number so that byte order is number order.
inline void put_ordered_i64(std::string& out, int64_t value) {
  put_be64(out, static_cast<uint64_t>(value) ^ (1ULL << 63));
}

inline int64_t get_ordered_i64(const char* at) { return static_cast<int64_t>(get_be64(at) ^ (1ULL << 63)); }

/// Appends a 32-bit length and the bytes.
inline void put_sized(std::string& out, std::string_view bytes) {
  put_le<uint32_t>(out, static_cast<uint32_t>(bytes.size()));
  out.append(bytes);
}

/// Reads what put_le and put_sized wrote. After the first short read every further one is empty and ok() is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}
  bool ok() const { return ok_; }
  size_t left() const { return left_.size(); }

  template <class T>
  T le() {
    if (left_.size() < sizeof(T)) return failed<T>();
    T value = get_le<T>(left_.data());
    left_.remove_prefix(sizeof(T));
    return value;
  }

  std::string_view bytes(size_t size) {
    if (left_.size() < size) return failed<std::string_view>();
    std::string_view out = left_.substr(0, size);
    left_.remove_prefix(size);
    return out;
  }

  std::string_view sized() { return bytes(le<uint32_t>()); }

 private:
  template <class T>
  T failed() {
    ok_ = false;
    left_ = {};
    return T{};
  }

  std::string_view left_;
  bool ok_ = true;
};

}  // namespace hookswitch
