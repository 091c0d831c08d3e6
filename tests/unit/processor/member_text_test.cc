#include "engine/processor/member_text.h"

#include <simdjson.h>

#include <catch2/catch.hpp>

namespace hookswitch {
namespace {

struct Found {
  const char* object;
  std::optional<std::string_view> text;
};

TEST_CASE("a member's text is what is written between its ends, whatever stands in strings") {
  const Found cases[] = {
      {R"({"a":[1,2]})", "[1,2]"},
      {R"({"b":1,"a":{"x":{"y":[]}},"c":2})", R"({"x":{"y":[]}})"},
      {R"({"b":{"a":[9]},"a":[1]})", "[1]"},        // deeper ones do not count
      {R"({"b":["a",{"a":[9]}],"a":[1]})", "[1]"},  // nor do texts
      {R"({"b":"a","a":[1]})", "[1]"},              // also where they are values
      {R"({"b":"\"a\":[9]","a":["]","\\","\"]\\\""]})", R"(["]","\\","\"]\\\""])"},
      {R"({"b":"\\\\","a":[]})", "[]"},
      {"{ \"a\" :\n [ 1 ] , \"a\":[2]}", "[ 1 ]"},  // of repeated ones the first
      {R"({"a":"text"})", std::nullopt},
      {R"({"a":12,"b":[]})", std::nullopt},
      {R"({"\u0061":[1]})", std::nullopt},
      {R"({"b":[1]})", std::nullopt},
      {"{}", std::nullopt},
  };
  for (const Found& one : cases) {
    CAPTURE(one.object);
    simdjson::dom::parser parser;
    REQUIRE(parser.parse(std::string_view(one.object)).error() == simdjson::SUCCESS);
    CHECK(member_text(one.object, "a") == one.text);
  }
}

}  // namespace
}  // namespace hookswitch
