// What tells of an erased person by the number as it is dialled at home is erased though it never made a row of a call.
#include "engine/state/agents.h"
#include "engine/state/audit.h"
#include "engine/state/suppressions.h"
#include "tests/unit/workbench/stopped_engine.h"

namespace hookswitch::test {
namespace {

constexpr const char* kErased = "+40722987654";
constexpr const char* kAtHome = "0722987654";

/// A past whose rules give conversations up.
struct Failing : Past {
  Failing() {
    rules.write("fail.lua",
                "return { name = 'f', on = 'conversation.ended', handle = function(_, ctx) ctx.fail('no') end }");
    use_rules(rules.path());
  }

  TempDir rules;
};

std::string told(const std::string& id, const std::string& agent, const std::string& number) {
  std::string said = conversation(id, "resolved");
  said.replace(said.find("+40721000000"), 12, number);
  return said.replace(said.find("xyz"), 3, agent);
}

std::string audio(const std::string& id) {
  return R"({"type":"post_call_audio","event_timestamp":1766002501,"data":{"agent_id":"xyz","conversation_id":")" + id +
         R"(","full_audio":"SUQzBAAAAAAAAA=="}})";
}

/// Sequences of what still says something.
std::vector<uint64_t> left_of(Past& past, uint64_t end) {
  std::vector<uint64_t> seqs;
  REQUIRE(past.log().read(1, end, [&](const RecordView& record) {
    if (!record.erased && record.seq < end) seqs.push_back(record.seq);
    return true;
  }));
  return seqs;
}

size_t rows(Past& past, Table table) { return expect(past.store().read())->count(table); }

}  // namespace

TEST_CASE("a dead letter from a number as it is dialled at home is erased with what came apart of it", "[rebuild]") {
  Failing past;
  past.deliver("elevenlabs", "", audio("conv_theirs_0001"));
  past.deliver("elevenlabs", "", told("conv_theirs_0001", "xyz", kAtHome));
  past.deliver("elevenlabs", "", told("conv_others_0001", "xyz", "0722987655"));
  past.settle();
  REQUIRE(rows(past, Table::dead) == 2);
  REQUIRE(past.call("conv_theirs_0001").is_object());
  const uint64_t end = past.log().last_seq() + 1;
  erase_phone(past, kErased);
  CHECK(left_of(past, end) == std::vector<uint64_t>{3});
  CHECK(rows(past, Table::dead) == 1);
  CHECK(past.call("conv_theirs_0001").is_null());
  CHECK(rows(past, Table::erasure_names) == 0);
  REQUIRE(past.log().read(end, 1'000, [&](const RecordView& record) {
    CHECK_FALSE(record.body.contains("conv_theirs"));
    return true;
  }));
  past.command("dead.redrive", {{"all", true}});
  past.use_rules(kProjectRules);
  past.command("dead.redrive", {{"all", true}});
  past.settle();
  CHECK(past.state()["calls"].size() == 1);
  StoppedEngine stopped(past);
  expect(stopped.rebuild());
  auto rebuilt = stopped.state();
  CHECK(expect(rebuilt->read())->count(Table::calls) == 1);
}

TEST_CASE("commands that name a number as it is dialled at home are erased where it is theirs, with the trail",
          "[rebuild]") {
  Past past;
  past.command("suppression.put", {{"tenant", "B1/L1"}, {"phone", kAtHome}, {"reason", "Ana asked"}});
  past.command("suppression.put", {{"tenant", "B1/L1"}, {"phone", "0722 987 654"}, {"reason", "Ana asked"}});
  past.command("call.create", {{"source", "nowhere"}, {"params", {{"to", kAtHome}, {"agent_id", "xyz"}}}});
  past.command("suppression.put", {{"tenant", "B2/L1"}, {"phone", "722-987-6540"}, {"reason", "Joe asked"}});
  past.command("suppression.put", {{"tenant", "B1/L1"}, {"phone", "0722987655"}, {"reason", "0722987654 said it"}});
  past.settle();
  const uint64_t end = past.log().last_seq() + 1;
  erase(past, {{"phone", kErased}, {"suppressions", true}});
  CHECK(left_of(past, end) == std::vector<uint64_t>{4, 5});
  const Json trail = expect(audit_page(*expect(past.store().read()), {.command = "suppression.put"}, "", 9)).rows;
  std::vector<std::string> targets;
  for (const Json& row : trail) targets.push_back(row["target"]);
  CHECK(targets == std::vector<std::string>{"0722987655", "722-987-6540", "erased", "erased"});
  StoppedEngine stopped(past);
  expect(stopped.rebuild());
  auto rebuilt = stopped.state();
  CHECK(suppressions_of(*expect(rebuilt->read()), kErased).empty());
}

TEST_CASE("a number that reads as theirs in another country than its tenant's stays in the log", "[rebuild]") {
  Past past;
  past.command("suppression.put", {{"tenant", "B1/L1"}, {"phone", "0310 200 1234"}, {"reason", "somebody else"}});
  past.command("suppression.put", {{"tenant", "B1/L1"}, {"phone", "3102001234"}, {"reason", "somebody else"}});
  past.command("suppression.put", {{"tenant", "B2/L1"}, {"phone", "3102001234"}, {"reason", "theirs"}});
  past.settle();
  const uint64_t end = past.log().last_seq() + 1;
  erase_phone(past, "+13102001234");
  CHECK(left_of(past, end) == std::vector<uint64_t>{1, 2});
}

TEST_CASE("a tenant's agents that were told at run time go last, and by them what was refused is known", "[rebuild]") {
  Past past;
  past.set_owner("twilio", "B2/L1");
  past.command("agent.put", {{"id", "a1"}, {"row", {{"tenant", "B2/L1"}, {"source", "elevenlabs"}, {"name", "Joe"}}}});
  past.command("agent.put", {{"id", "a2"}, {"row", {{"tenant", "B1/L1"}, {"source", "elevenlabs"}}}});
  past.settle();
  const auto refused = [](const std::string& source, const std::string& kind, const std::string& body) {
    RecordView record;
    record.source = source;
    record.body = body;
    static const std::string form =
        encode_headers({{":kind", "status"}, {"content-type", "application/x-www-form-urlencoded"}});
    if (!kind.empty()) record.header_block = form;
    return record;
  };
  const std::string by_row = told("conv_1", "a1", "+4072"), others = told("conv_2", "a2", "+4072");
  const std::string form = "CallSid=CA1";
  std::vector<bool> theirs;
  erase(past, {{"erase_tenant", "B2/L1"}, {"of", "tenant"}}, [&](const auto& is_theirs) -> Result<uint64_t> {
    theirs = {is_theirs(refused("elevenlabs", "", by_row)), is_theirs(refused("elevenlabs", "", others)),
              is_theirs(refused("twilio", "status", form)), is_theirs(refused("gone", "", by_row))};
    return 2;
  });
  CHECK(theirs == std::vector<bool>{true, false, true, false});
  auto reader = expect(past.store().read());
  CHECK(agents_of(*reader, "a1").empty());
  CHECK(agents_of(*reader, "a2").size() == 1);
}

TEST_CASE("what was refused of a number as it is dialled at home is theirs", "[rebuild]") {
  Past past;
  const std::string body = told("conv_1", "xyz", kAtHome), other = told("conv_2", "xyz", "0722987655");
  std::vector<bool> theirs;
  erase(past, {{"phone", kErased}}, [&](const auto& is_theirs) -> Result<uint64_t> {
    for (const std::string& said : {body, other}) {
      RecordView record;
      record.source = "elevenlabs";
      record.body = said;
      theirs.push_back(is_theirs(record));
    }
    return 1;
  });
  CHECK(theirs == std::vector<bool>{true, false});
}

}  // namespace hookswitch::test
