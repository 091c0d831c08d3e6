#include "engine/base/bytes.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <vector>

using namespace hookswitch;

TEST_CASE("numbers and texts come back as they were put") {
  std::string out;
  put_le<uint16_t>(out, 513);
  put_sized(out, "hello");
  put_le<int64_t>(out, -7);
  ByteReader reader(out);
  CHECK(reader.le<uint16_t>() == 513);
  CHECK(reader.sized() == "hello");
  CHECK(reader.le<int64_t>() == -7);
  CHECK(reader.ok());
  CHECK(reader.left() == 0);
}

TEST_CASE("little-endian puts the low byte first, big-endian the high one") {
  std::string out;
  put_le<uint32_t>(out, 0x01020304);
  put_be64(out, 0x0102030405060708);
  CHECK(out == std::string("\x04\x03\x02\x01\x01\x02\x03\x04\x05\x06\x07\x08"));
  CHECK(get_be64(out.data() + 4) == 0x0102030405060708);
}

TEST_CASE("ordered numbers sort as bytes the way they sort as numbers") {
  std::vector<int64_t> numbers{std::numeric_limits<int64_t>::min(), -1000, -1, 0, 1, 255, 256,
                               std::numeric_limits<int64_t>::max()};
  std::vector<std::string> keys;
  for (int64_t number : numbers) {
    put_ordered_i64(keys.emplace_back(), number);
    CHECK(get_ordered_i64(keys.back().data()) == number);
  }
  CHECK(std::is_sorted(keys.begin(), keys.end()));
}

TEST_CASE("a reader that would run past its end stops for good") {
  std::string out;
  put_le<uint32_t>(out, 100);  // announces more bytes than there are
  out += "short";
  ByteReader reader(out);
  CHECK(reader.sized().empty());
  CHECK_FALSE(reader.ok());
  CHECK(reader.le<uint8_t>() == 0);
  CHECK(reader.left() == 0);
}
