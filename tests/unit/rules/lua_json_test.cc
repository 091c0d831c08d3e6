// JSON through Lua and back: nothing is lost, and what cannot be said is refused.
#include <random>

#include "engine/base/limits.h"
#include "engine/rules/json_parse.h"
#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

const char* kExact[] = {
    "[]",
    "{}",
    "null",
    "[null]",
    "[[],{},[{}]]",
    "{\"a\":null}",
    "1",
    "1.0",
    "-0.0",
    "1e+300",
    "0.1",
    "9223372036854775807",
    "-9223372036854775808",
    "true",
    "\"\"",
    "\"\\u0000\\n\\\"\\\\\"",
    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
    "{\"1\":1,\"10\":2,\"b\":[1,2.5,\"x\"]}",
    "[1,[2,[3,[4]]]]",
};

TEST_CASE("decode and encode give the same JSON") {
  Runner runner("local json = require 'hookswitch.json' return json.encode(json.decode(event.data.text))");
  for (const char* text : kExact) {
    REQUIRE(runner.run(an_event("x", dump(Json{{"text", text}}))));
    const std::string back = Json::parse(runner.world.memories["r/result"]).get<std::string>();
    CHECK(back == dump(Json::parse(text)));
  }
}

/// Any JSON value, not deeper than `depth`.
Json made_up(std::mt19937& random, int depth) {
  switch (random() % (depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<int64_t>(random()) - (1LL << 31);
    case 3:
      return static_cast<double>(random()) / 1024.0;
    case 4:
      return std::string(random() % 5, static_cast<char>('a' + random() % 26));
    case 5:
      return "\xc3\xa4" + std::to_string(random());
    case 6: {
      Json list = Json::array();
      for (size_t left = random() % 4; left > 0; --left) list.push_back(made_up(random, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (size_t left = random() % 4; left > 0; --left)
        object["k" + std::to_string(random() % 9)] = made_up(random, depth - 1);
      return object;
    }
  }
}

TEST_CASE("made-up values survive event.data, ctx.state and json") {
  std::mt19937 random(4);  // NOLINT: the same values every time
  Runner runner(R"(local json = require 'hookswitch.json'
    local all = json.decode(json.encode(event.data))
    return {one = event.data.value, all = all, raw = event.data.raw})");
  for (int round = 0; round < 500; ++round) {
    const Json value = made_up(random, 5);
    Event event = an_event("x", dump(Json{{"value", value}}));
    event.raw = dump(Json{{"v", value}});
    REQUIRE(runner.run(event));
    const Json back = Json::parse(runner.world.memories["r/result"]);
    CHECK(dump(back.value("one", Json())) == dump(value));
    CHECK(dump(back["all"]["value"]) == dump(value));
    CHECK(dump(back["raw"]["v"]) == dump(value));
  }
}

TEST_CASE("numbers that fit no type become the nearest float") {
  const Event event = an_event(
      "x", R"({"a":123456789012345678901234567890,"b":1e400,"c":-1e400,"d":18446744073709551615,"e":"1e999"})");
  CHECK(value_of("return {event.data.a == 1.2345678901234568e29, event.data.b > 1e308, event.data.c < -1e308,"
                 " event.data.d == 2.0^64, event.data.e}",
                 event) == Json::parse(R"([true,true,true,true,"1e999"])"));
  CHECK(with_numbers_in_range("[9223372036854775807,18446744073709551615,1e999]") ==
        "[9223372036854775807,18446744073709551615,1.7976931348623157e+308]");
  for (const char* none :
       {"[01e5]", "[1.e5]", "[-.5]", "[1e5-1]", "[18446744073709551616-1]", "[00000000000000000001]"}) {
    CHECK(with_numbers_in_range(none) == none);
  }
  CHECK(with_numbers_in_range(R"({"a\"1e999":[-1e999,12]})") == R"({"a\"1e999":[-1.7976931348623157e+308,12]})");
}

TEST_CASE("half of an escaped surrogate pair is read as U+FFFD, in event.data and by json.decode") {
  const std::string text = R"({"cut":"so \ud83d","late":"\ude00\ud83d\ude00","plain":"\\ud83d","n":1e400})";
  const Json expected = Json::parse(R"(["so \ufffd","\ufffd\ud83d\ude00","\\ud83d",true])");
  CHECK(value_of("local data = event.data return {data.cut, data.late, data.plain, data.n > 1e308}",
                 an_event("x", text)) == expected);
  CHECK(value_of("local data = require('hookswitch.json').decode(event.data.text)"
                 " return {data.cut, data.late, data.plain, data.n > 1e308}",
                 an_event("x", dump(Json{{"text", text}}))) == expected);
  for (const char* none : {R"(["\ud83"])", R"(["\ud83x"])", R"(["\ud83d)", R"(["\)"}) {
    INFO(none);
    error_of(std::string("return require('hookswitch.json').decode([==[") + none + "]==])");
  }
}

TEST_CASE("a text alone is JSON only when it would be so within a list") {
  for (const char* text : {"'\"a\\nb\"'", "'\"\\xa7\"'", "'\"\\0\"'"}) {
    INFO(text);
    error_of(std::string("local json = require 'hookswitch.json' return json.decode(") + text + ")");
    error_of(std::string("local json = require 'hookswitch.json' return json.decode('[' .. ") + text + " .. ']')");
  }
  CHECK(value_of("local json = require 'hookswitch.json' return json.decode('\"Zo\xc3\xab\"')") == "Zo\xc3\xab");
}

TEST_CASE("lists and objects are told apart") {
  CHECK(value_of("local json = require 'hookswitch.json' return json.encode{json.array(), {}, {1}, {a = json.null}, "
                 "json.array{2}, json.is_array(json.array())}") == R"([[],{},[1],{"a":null},[2],true])");
  CHECK(error_of("return {1, nil, 3, a = 1}").reason ==
        "ctx.state:put: value: a table has both list items and named fields");
  CHECK(error_of("return {[1] = 1, [3] = 3}").reason.find("hole") != std::string::npos);
  CHECK(error_of("return {0/0}").reason == "ctx.state:put: value: NaN and infinity are no JSON values");
  CHECK(error_of("return {tostring}").reason == "ctx.state:put: value: a function is no JSON value");
  CHECK(error_of("return {[true] = 1}").reason == "ctx.state:put: value: a key is a boolean, expected text");
}

TEST_CASE("bytes that are not UTF-8 are replaced") {
  CHECK(value_of("return 'a\\xffb'") ==
        "a\xef\xbf\xbd"
        "b");
}

TEST_CASE("depth is limited both ways") {
  auto nested = [](size_t depth) { return "{\"v\":" + std::string(depth, '[') + std::string(depth, ']') + "}"; };
  Runner runner("return event.data.v ~= nil");
  CHECK(runner.run(an_event("x", nested(limits::kJsonDepth))));
  CHECK_FALSE(runner.run(an_event("x", nested(limits::kJsonDepth + 2))));
}

TEST_CASE("null is a value that can be compared but not read") {
  const Event event = an_event("x", R"({"n":null})");
  CHECK(value_of("local json = require 'hookswitch.json' return {event.data.n == json.null, event.data.m == nil, "
                 "tostring(event.data.n)}",
                 event) == Json::parse(R"([true,true,"null"])"));
  CHECK(error_of("local json = require 'hookswitch.json' return json.null.x").reason ==
        "attempt to read field 'x' of json.null: compare with json.null first");
}

TEST_CASE("event data kept longer than its event says so") {
  RuleDir dir;
  dir.add("keep.lua", R"(
    local kept
    return { name = "keep", on = "*", handle = function(event, ctx)
      if kept then return kept.outcome end
      kept = event.data
      ctx.state:put("seen", kept.outcome)
    end })");
  auto set = RuleSet::load(dir.path(), {});
  REQUIRE(set);
  MemoryWorld world;
  REQUIRE((*set)->run(an_event("x", R"({"outcome":"a"})"), world));
  auto second = (*set)->run(an_event("x", R"({"outcome":"b"})"), world);
  REQUIRE_FALSE(second);
  CHECK(second.error().reason.find("event.data of an earlier event was used") == 0);
}

TEST_CASE("event data that is no JSON object is an error of the rule that reads it") {
  Runner runner("return event.data.x");
  for (const char* data : {"[1]", "nonsense", "{\"x\":", " "}) CHECK_FALSE(runner.run(an_event("x", data)));
  CHECK(runner.run(an_event("x", R"( {"x":1})")));
}

TEST_CASE("event data cannot be changed, and all of it can be walked") {
  const Event event = an_event("x", R"({"b":[1],"a":{"c":2}})");
  CHECK(error_of("event.data.x = 1").reason == "event.data cannot be changed");
  CHECK(
      value_of("local keys = {} for k in pairs(event.data) do keys[#keys + 1] = k end return {keys, next(event.data)}",
               event) == Json::parse(R"([["a","b"],"a",{"c":2}])"));
}

}  // namespace
}  // namespace hookswitch
