// The tables of ctx: what each function asks for, and what it says to a wrong argument.
#include "engine/base/limits.h"
#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

/// The effects of a few lines.
Json effects_of(const std::string& body) {
  Runner runner(body);
  runner.world.current = a_call();
  auto ran = runner.run();
  INFO(body);
  INFO((ran ? std::string() : ran.error().message()));
  REQUIRE(ran);
  Json out = runner.world.shown();
  for (Json& effect : out) effect.erase("rule");
  return out;
}

struct Asked {
  const char* body;
  const char* effect;
};

const Asked kAsked[] = {
    {"ctx.call:update{intent = 'x', metadata = {a = {1}}}",
     R"({"effect":"call_update","fields":{"intent":"x","metadata":{"a":[1]}}})"},
    {"ctx.kpi:add('n')", R"({"effect":"kpi_add","name":"n","amount":1,"dimensions":{}})"},
    {"ctx.kpi:add('n', -0.5, {a = 'b', c = 3, d = true, e = nil})",
     R"({"effect":"kpi_add","name":"n","amount":-0.5,"dimensions":{"a":"b","c":"3","d":"true"}})"},
    {"ctx.kpi:observe('d', 12.25)", R"({"effect":"kpi_observe","name":"d","amount":12.25,"dimensions":{}})"},
    {"ctx.activity:add{kind = 'k', title = 't', time = 5, more = {1}}",
     R"({"effect":"activity_add","entry":{"kind":"k","title":"t","more":[1]},"time":5})"},
    {"ctx.timer:set{key = 'k', at = 9, name = 'n', data = {a = 1}}",
     R"({"effect":"timer_set","key":"k","at":9,"name":"n","data":{"a":1}})"},
    {"ctx.timer:set{key = 'k', after = '5m', name = 'n'}",
     R"({"effect":"timer_set","key":"k","at":1739537597000,"name":"n","data":{}})"},
    {"ctx.timer:set{key = 'k', after = 250, name = 'n'}",
     R"({"effect":"timer_set","key":"k","at":1739537297250,"name":"n","data":{}})"},
    {"ctx.timer:cancel('k')", R"({"effect":"timer_cancel","key":"k"})"},
    {"ctx.contacts:put{id = 'p', phones = {'+1'}}", R"({"effect":"contact_put","contact":{"id":"p","phones":["+1"]}})"},
    {"ctx.agents:put{id = 'a', tenant = 'B/L'}", R"({"effect":"agent_put","agent":{"id":"a","tenant":"B/L"}})"},
    {"ctx.state:put('k', {1})", R"({"effect":"memory_put","key":"k","value":[1]})"},
    {"ctx.state:delete('k')", R"({"effect":"memory_delete","key":"k"})"},
    {"ctx.action:sms{to = '+1', body = 'b', key = 'k'}",
     R"({"effect":"action","type":"sms","params":{"body":"b","to":"+1"},"key":"k"})"},
    {"ctx.action:sms{to = '+1', body = 'b'}", R"({"effect":"action","type":"sms","params":{"body":"b","to":"+1"}})"},
    {"ctx.emit('s', {a = 1}, 'k')",
     R"({"effect":"action","type":"emit","params":{"sink":"s","record":{"a":1}},"key":"k"})"},
    {"ctx.reply{json = {a = 1}}", R"({"effect":"reply","reply":{"json":{"a":1}}})"},
    {"ctx.reply{twiml = '<Response/>'}", R"({"effect":"reply","reply":{"twiml":"<Response/>"}})"},
    {"ctx.reply{status = 204, body = ''}", R"({"effect":"reply","reply":{"status":204,"body":""}})"},
};

TEST_CASE("every function of ctx asks for its effect") {
  for (const Asked& asked : kAsked) {
    INFO(asked.body);
    CHECK(effects_of(asked.body) == Json::array({Json::parse(asked.effect)}));
  }
  CHECK(effects_of("ctx.call:update{} ctx.log('hello', {a = 1})") == Json::array());
}

const Asked kRefused[] = {
    {"ctx.kpi.add('n')", "ctx.kpi:add: call it with a colon, ctx.kpi:add(...), not ctx.kpi.add(...)"},
    {"ctx.kpi:add()", "ctx.kpi:add: name: found nothing, expected text"},
    {"ctx.kpi:add('n', '3')", "ctx.kpi:add: amount: found string, expected a number"},
    {"ctx.kpi:add('n', 1e10)",
     "ctx.kpi:add: amount: found 10000000000, expected a number between -1000000000 and 1000000000"},
    {"ctx.kpi:add('n', 1, {a = {}})", "ctx.kpi:add: dimension 'a': expected text"},
    {"ctx.call:update('x')", "ctx.call:update: fields: found string, expected a table"},
    {"ctx.call:update{intnt = 'x'}", "update call: found \"intnt\", expected the name of a call's field"},
    {"return ctx.call.sumary", "ctx.call has no 'sumary': did you mean 'summary'?"},
    {"ctx.activity:add{title = 't'}", "ctx.activity:add: kind: expected text"},
    {"ctx.timer:set{key = 'k', name = 'n'}", "ctx.timer:set: expected one of at and after"},
    {"ctx.timer:set{key = 'k', name = 'n', after = '5 minutes'}",
     "ctx.timer:set: after: expected milliseconds or a duration such as '90s', '5m', '2h', '1d'"},
    {"ctx.timer:set{key = 'k', name = 'n', atr = 5}", "ctx.timer:set: unknown field 'atr': did you mean 'at'?"},
    {"ctx.contacts:put{name = 'x'}", "ctx.contacts:put: id: expected text"},
    {"ctx.contacts:find{phon = '1'}", "ctx.contacts:find: unknown field 'phon': did you mean 'phone'?"},
    {"ctx.state:put('k')", "ctx.state:put: value: found nothing, expected a value; to forget it use ctx.state:delete"},
    {"ctx.reply{}", "ctx.reply: expected one of {twiml=...}, {json=...} and {status=..., body=..., content_type=...}"},
    {"ctx.reply{json = require 'hookswitch.json'.null}", "ctx.reply: json: found null, expected any other value"},
    {"ctx.reply{status = 99, body = ''}", "ctx.reply: status: expected 200 to 599"},
    {"return event.typ", "event has no 'typ': did you mean 'type'?"},
    {"require 'lib.none'", "require: there is no module 'lib.none'"},
};

TEST_CASE("a wrong argument is answered with what was expected") {
  for (const Asked& refused : kRefused) {
    INFO(refused.body);
    CHECK(error_of(refused.body).reason == refused.effect);
  }
}

TEST_CASE("ctx and event show what is known and nil for the rest") {
  CHECK(value_of("return {ctx.now, ctx.tenant, ctx.source, ctx.country, ctx.timezone, ctx.call.id, ctx.call.from, "
                 "ctx.call.cost == nil}") ==
        Json::parse(R"([1739537297000,"B1/L1","elevenlabs","US","America/New_York","call_1","+13105551234",true])"));
  CHECK(value_of("return {event.id, event.type, event.time, event.seq, event.subject == nil, event.wants_reply}") ==
        Json::parse(R"(["e1","conversation.ended",1739537297000,7,true,false])"));
}

TEST_CASE("an event about no call has no ctx.call") {
  Runner runner("return ctx.call == nil");
  REQUIRE(runner.run());
  CHECK(runner.world.memories["r/result"] == "true");
}

TEST_CASE("people and other calls are found") {
  Runner runner(R"(return {
    ctx.contacts:get('p').name, ctx.contacts:find{phone = '(310) 555-1234'}.id, ctx.contacts:get('q') == nil,
    ctx.agents:get('a').tenant, ctx.calls:get('call_9').from, ctx.calls:get('none') == nil,
    ctx.calls:get('call_9').variables.v,
    ctx.agents:find{phone = '(310) 555-9999'}.id, ctx.agents:find{phone = '+13105551234'} == nil })");
  runner.world.contacts["p"] = {{"id", "p"}, {"name", "Ana"}, {"phones", {"+13105551234"}}};
  runner.world.agents["a"] = {{"id", "a"}, {"tenant", "B/L"}, {"phones", {"+13105559999"}}};
  Call other = a_call();
  other.merge_variable("v", "[1,\"x\"]", {});
  runner.world.calls["call_9"] = other;
  REQUIRE(runner.run());
  CHECK(Json::parse(runner.world.memories["r/result"]) ==
        Json::parse(R"(["Ana","p",true,"B/L","+13105551234",true,[1,"x"],"a",true])"));
}

TEST_CASE("a whole number of a call is an integer, as in the event") {
  Runner runner("return { math.type(ctx.call.duration_secs), ctx.call.duration_secs, math.type(ctx.call.cost) }");
  runner.world.current = a_call();
  runner.world.current->set(CallField::duration_secs, 333.0);
  runner.world.current->set(CallField::cost, 0.5);
  REQUIRE(runner.run());
  CHECK(runner.world.memories["r/result"] == R"(["integer",333,"float"])");
  CHECK(dump(runner.world.current->to_json()["duration_secs"]) == "333");
  CHECK(dump(runner.world.current->to_json()["cost"]) == "0.5");
}

TEST_CASE("what a rule updates is seen by its next read") {
  CHECK(value_of("ctx.call:update{intent = 'a', variables = {k = 1}} return {ctx.call.intent, ctx.call.variables.k}") ==
        Json::parse(R"(["a",1])"));
}

TEST_CASE("a call looked at, changed and looked at again is as it is now") {
  CHECK(value_of("local before = ctx.call.intent ctx.call:update{intent = 'a'} local after = ctx.call.intent "
                 "pcall(ctx.call.update, ctx.call, {intent = 'b', no_such_field = 1}) "
                 "return {tostring(before), after, ctx.call.intent == 'b' or ctx.call.intent == 'a'}") ==
        Json::parse(R"(["nil","a",true])"));
  CHECK(value_of("ctx.call.variables.x = 1 return {ctx.call.variables.x == nil}") == Json::parse("[true]"));
}

TEST_CASE("what was seen of a call is not seen in the next event") {
  Runner runner("return ctx.call and ctx.call.from or 'none'");
  runner.world.current = a_call();
  REQUIRE(runner.run());
  runner.world.current->set(CallField::from, std::string("+40212345678"));
  REQUIRE(runner.run());
  CHECK(runner.world.memories["r/result"] == R"("+40212345678")");
  runner.world.current.reset();
  REQUIRE(runner.run());
  CHECK(runner.world.memories["r/result"] == R"("none")");
}

TEST_CASE("a rule's memory is its own and bounded") {
  CHECK(value_of("ctx.state:put('k', {a = {}}) local v = ctx.state:get('k') ctx.state:delete('k') return {v.a, "
                 "ctx.state:get('k') == nil}") == Json::parse("[{},true]"));
  const std::string fits = "ctx.state:put('k', ('x'):rep(" + std::to_string(limits::kRuleStateBytes - 2) + "))";
  CHECK(effects_of(fits).size() == 1);
  CHECK(error_of("ctx.state:put('k', ('x'):rep(" + std::to_string(limits::kRuleStateBytes) + "))")
            .reason.find("expected at most") != std::string::npos);
}

TEST_CASE("an event may ask for so many effects and no more") {
  const std::string most = std::to_string(limits::kEffectsPerEvent);
  CHECK(effects_of("for i = 1, " + most + " do ctx.kpi:add('n') end").size() == limits::kEffectsPerEvent);
  CHECK(error_of("for i = 0, " + most + " do ctx.kpi:add('n') end").reason.find("more than " + most) !=
        std::string::npos);
}

}  // namespace
}  // namespace hookswitch
