#include "engine/api/byte_range.h"

#include <catch2/catch.hpp>
#include <string>

namespace hookswitch {
namespace {

struct Case {
  const char* header;
  uint64_t size;
  RangeKind kind;
  ByteRange range = {};
};

TEST_CASE("a range is what RFC 9110 says it is, and what nobody understands is the whole") {
  using enum RangeKind;
  const Case kCases[] = {
      {"", 100, whole},
      {"bytes=", 100, whole},
      {"bytes=0-0", 100, part, {0, 1}},
      {"bytes=0-99", 100, part, {0, 100}},
      {"bytes=0-100", 100, part, {0, 100}},
      {"Bytes=10-19", 100, part, {10, 10}},
      {"bytes= 10-19 ", 100, part, {10, 10}},
      {"bytes=99-", 100, part, {99, 1}},
      {"bytes=0-", 100, part, {0, 100}},
      {"bytes=100-", 100, unsatisfiable},
      {"bytes=100-200", 100, unsatisfiable},
      {"bytes=-1", 100, part, {99, 1}},
      {"bytes=-100", 100, part, {0, 100}},
      {"bytes=-101", 100, part, {0, 100}},
      {"bytes=-0", 100, unsatisfiable},
      {"bytes=0-", 0, unsatisfiable},
      {"bytes=-5", 0, unsatisfiable},
      {"bytes=5-4", 100, whole},
      {"bytes=0-1,3-4", 100, whole},
      {"bytes=a-4", 100, whole},
      {"bytes=0-b", 100, whole},
      {"bytes=+1-4", 100, whole},
      {"bytes=-", 100, whole},
      {"bytes=--1", 100, whole},
      {"bytes=1", 100, whole},
      {"lines=0-1", 100, whole},
      {"bytes=0-99999999999999999999999", 100, part, {0, 100}},
      {"bytes=99999999999999999999999-", 100, unsatisfiable},
      {"bytes=-99999999999999999999999", 100, part, {0, 100}},
      {"bytes=0-18446744073709551615", 100, part, {0, 100}},
  };
  for (const Case& each : kCases) {
    INFO(each.header << " of " << each.size);
    RangeAsked asked = asked_range(each.header, each.size);
    CHECK(asked.kind == each.kind);
    CHECK(asked.range == each.range);
  }
}

}  // namespace
}  // namespace hookswitch
