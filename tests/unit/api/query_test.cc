#include "engine/api/query.h"

#include <catch2/catch.hpp>

using namespace hookswitch;

namespace {

const std::vector<Parameter> kKnown{{"name", ""},
                                    {"from", "", ParameterType::time},
                                    {"limit", "", ParameterType::number},
                                    {"status", "", ParameterType::word, {"busy", "failed"}},
                                    {"types", "", ParameterType::words, {"call", "kpi"}}};

struct Refusal {
  const char* query;
  const char* message;
};

const Refusal kRefusals[] = {
    {"nmae=1",
     "query parameter nmae: found an unknown one, expected one of name from limit status types (did you mean "
     "name?)"},
    {"name=a&name=b", "found it twice"},
    {"from=yesterday", "found \"yesterday\", expected a time such as"},
    {"limit=0", "found \"0\", expected a whole number from 1 to 200"},
    {"limit=201", "found \"201\", expected a whole number from 1 to 200"},
    {"limit=5x", "a whole number"},
    {"status=bussy", "expected one of busy failed (did you mean busy?)"},
    {"types=call,task", "expected some of call kpi"},
    {"types=", "expected some of call kpi"},
    {"name=%zz", ""},
};

}  // namespace

TEST_CASE("what is not well formed is refused with what was found and expected") {
  for (const Refusal& refusal : kRefusals) {
    INFO(refusal.query);
    auto query = Query::parse(refusal.query, kKnown);
    REQUIRE_FALSE(query);
    CHECK(query.error().code == Code::invalid);
    INFO(query.error().message);
    CHECK(query.error().message.find(refusal.message) != std::string::npos);
  }
}

TEST_CASE("values are decoded and given in their types") {
  auto query = Query::parse("name=a%20b+c&from=2025-02-14&limit=200&types=kpi,call", kKnown);
  REQUIRE(query);
  CHECK(query->text("name") == "a b c");
  CHECK(query->time("from", 0) == 1739491200000);
  CHECK(query->limit() == 200);
  CHECK(query->words("types") == std::vector<std::string>{"kpi", "call"});
}

TEST_CASE("what is absent has a default") {
  auto query = Query::parse("", kKnown);
  REQUIRE(query);
  CHECK(query->text("name").empty());
  CHECK(query->time("from", 7) == 7);
  CHECK(query->limit() == 50);
  CHECK(query->words("types").empty());
}

TEST_CASE("a time is RFC 3339, a date, or milliseconds since the epoch") {
  CHECK(parse_time("2025-02-14T12:48:17Z") == 1739537297000);
  CHECK(parse_time("2025-02-14T14:48:17+02:00") == 1739537297000);
  CHECK(parse_time("2025-02-14") == 1739491200000);
  CHECK(parse_time("1739537297000") == 1739537297000);
  CHECK_FALSE(parse_time("2025-02-30"));
  CHECK_FALSE(parse_time("14.02.2025"));
  CHECK_FALSE(parse_time(""));
}
