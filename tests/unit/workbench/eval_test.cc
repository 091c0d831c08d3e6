// Lines of Lua on an event: what they see, what they return, and that nothing comes of it.
#include <catch2/catch.hpp>

#include "engine/base/limits.h"
#include "engine/state/contacts.h"
#include "engine/workbench/eval.h"
#include "tests/support/temp_dir.h"

namespace hookswitch {
namespace {

constexpr int64_t kNow = 1'766'100'000'000;

/// A store with one contact, and events made up.
struct Bench {
  test::TempDir dir;
  ManualClock clock{kNow};
  std::unique_ptr<Store> store;
  Directory directory{{}, {}};
  Sources sources;

  Bench() {
    auto opened = Store::open({.dir = dir.path()}, clock);
    REQUIRE(opened);
    store = std::move(*opened);
    REQUIRE(store->write([](Writer& writer) {
      put_contact(writer, {{"id", "p7"}, {"name", "Ana"}, {"phones", {"+13105551234"}}});
      return writer.status();
    }));
  }

  Json eval(const std::string& code, const Json& wish = {{"type", "conversation.ended"}}, RuleLimits limits = {}) {
    auto event = made_up_event(wish, "elevenlabs", "elevenlabs", kNow);
    REQUIRE(event);
    Snippet snippet("eval", {{"lib.double", "return function(x) return 2 * x end"}}, limits);
    auto compiled = snippet.compile(code);
    if (!compiled) return {{"error", compiled.error().message()}};
    auto reader = store->read();
    REQUIRE(reader);
    auto result = evaluate_snippet(**reader, directory, sources, *event, kNow, snippet);
    return result ? *result : Json{{"error", result.error().message}};
  }
};

const Json kCall{
    {"type", "conversation.ended"},
    {"data", {{"external_ids", {{"conversation_id", "conv_1"}}}, {"outcome", "success"}, {"status", "completed"}}}};

TEST_CASE("an expression gives its values, and lines what they return") {
  Bench bench;
  CHECK(bench.eval("1 + 1, 'two', nil, {3}, event.type")["values"] ==
        Json::parse(R"([2, "two", null, [3], "conversation.ended"])"));
  CHECK(bench.eval("local x = 20 return x + 1")["values"] == Json::parse("[21]"));
  CHECK(bench.eval("require 'lib.double'(4)")["values"] == Json::parse("[8]"));
  CHECK(bench.eval("local nothing = 1")["values"] == Json::array());
}

TEST_CASE("the lines see the event, its call and the state") {
  Bench bench;
  const Json seen =
      bench.eval("event.data.outcome, ctx.call.status, ctx.contacts:find { phone = '+13105551234' }.name", kCall);
  CHECK(seen["values"] == Json::parse(R"(["success", "completed", "Ana"])"));
  CHECK(seen["call"].is_string());
  const Json call = bench.eval("ctx.call", kCall)["values"][0];
  CHECK(call["status"] == "completed");
  CHECK(bench.eval("event.data", kCall)["values"][0]["outcome"] == "success");
}

TEST_CASE("what the lines write with ctx.log is shown, also before they fail") {
  Bench bench;
  CHECK(bench.eval("ctx.log('seen', { n = 1 })")["log"] == Json::parse(R"(["seen {\"n\":1}"])"));
  const Json failed = bench.eval("ctx.log('before') error('now')");
  CHECK(failed["log"] == Json::parse(R"(["before"])"));
  CHECK(failed.contains("error"));
  CHECK(bench.eval("1")["log"] == Json::array());
}

TEST_CASE("what the lines ask for is shown and not done") {
  Bench bench;
  const Json shown = bench.eval("ctx.contacts:put { id = 'p8' } ctx.kpi:add('x') return ctx.contacts:get('p8').id");
  CHECK(shown["values"] == Json::parse(R"(["p8"])"));
  REQUIRE(shown["effects"].size() == 2);
  CHECK(shown["effects"][1]["effect"] == "kpi_add");
  auto reader = bench.store->read();
  REQUIRE(reader);
  CHECK_FALSE(find_contact(**reader, "p8"));
}

TEST_CASE("what would be a dead letter when it is applied is told") {
  Bench bench;
  const Json shown = bench.eval("ctx.action:request { source = 'nosuch', type = 'sms' }");
  CHECK(shown.value("error", "").find("\"nosuch\", which is not configured") != std::string::npos);
  CHECK(shown["effects"].size() == 1);
  CHECK_FALSE(bench.eval("ctx.action:sms { to = '+13105551234', body = 'Hello' }").contains("error"));
}

TEST_CASE("lines that are wrong, run away or escape are told so like a rule") {
  Bench bench;
  const auto error = [&](const char* code, RuleLimits limits = {}) {
    return bench.eval(code, {{"type", "x"}}, limits).value("error", "");
  };
  CHECK(error("return )").find("eval.lua:1: ") != std::string::npos);
  CHECK(error("while true do end").find("steps") != std::string::npos);
  CHECK(error("return ('x'):rep(1e9)").find("memory") != std::string::npos);
  CHECK(error("os.execute('true')").find("os.execute is not available") != std::string::npos);
  CHECK(error("x = 1").find("global 'x' cannot be assigned") != std::string::npos);
  CHECK(error("print").find("a function is no JSON value") != std::string::npos);
  CHECK(error("ctx.fail('so')").find("so") != std::string::npos);
  CHECK(
      error("while true do local a = ('x'):rep(99) == 'y' end", {.memory_bytes = 0, .steps = 1ULL << 40, .cpu_ms = 20})
          .find("20 ms of processor time") != std::string::npos);
}

TEST_CASE("the answer is bounded") {
  Bench bench;
  CHECK(bench.eval("('x'):rep(" + std::to_string(limits::kEvalAnswerBytes / 2) + ")").contains("values"));
  CHECK(
      bench.eval("('x'):rep(" + std::to_string(limits::kEvalAnswerBytes) + ")")["error"].get<std::string>().starts_with(
          "evaluate: found "));
}

TEST_CASE("a made-up event is checked") {
  for (const char* wish : {R"([])", R"({})", R"({"type": 1})", R"({"type": "x", "data": []})",
                           R"({"type": "x", "subject": 1})", R"({"type": "x", "time": "now"})"}) {
    INFO(wish);
    CHECK_FALSE(made_up_event(Json::parse(wish), "", "", kNow));
  }
}

}  // namespace
}  // namespace hookswitch
