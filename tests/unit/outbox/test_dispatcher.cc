#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>

#include "engine/base/hash.h"
#include "engine/outbox/result_record.h"
#include "engine/state/tasks.h"
#include "tests/unit/outbox/rig.h"

namespace hookswitch::test {

TEST_CASE("a due call is claimed, placed and done, and carries the action's id") {
  Rig rig;
  rig.start();
  for (const std::string& source : {std::string("elevenlabs"), std::string("twilio")}) {
    INFO(source);
    std::string id = rig.call(source, 1);
    REQUIRE(rig.becomes(id, "done"));
    CHECK(rig.provider.placed_of(id) == 1);
    CHECK(rig.action(id).attempt == 1);
    CHECK(rig.action(id).result["external_ids"]["call_sid"].get<std::string>().starts_with("CA"));
  }
}

TEST_CASE("an action for which no source is usual is refused by itself, and the event's other effects stand") {
  TempDir rules;
  rules.write("rule.lua", R"(return {
  { name = "said", on = "conversation.ended", handle = function(event, ctx)
    ctx.kpi:add("ended")
    ctx.action:sms { to = "+40721000000", body = "Hello", key = "s" }
    ctx.timer:set { key = "of_call", at = ctx.now, name = "of_call" }
  end },
  { name = "written", on = "message.received", handle = function(event, ctx)
    ctx.timer:set { key = "of_none", at = ctx.now, name = "of_none" }
  end },
  { name = "rings", on = "timer.*", handle = function(event, ctx)
    ctx.action:call { to = "+40721000001", window = "any", key = event.type }
  end },
  { name = "failed", on = "action.failed", handle = function(event, ctx) ctx.kpi:add(event.data.action.code) end },
})");
  Rig rig;
  Json second{{"account_sid", "AC00000000000000000000000000000002"}, {"auth_token", "token"}};
  rig.engine.sources().put(*rig.engine.providers().create_source("twilio2", "twilio", dump(second)));
  rig.engine.use_rules(rules.path());
  rig.engine.deliver("elevenlabs", "", fixture("elevenlabs/post_call_transcription.full.json"));
  rig.engine.deliver("twilio", "sms", fixture("twilio/sms.inbound.form"));
  rig.engine.settle();
  rig.engine.log().wake();
  std::map<std::string, Action> asked;  // by type and source
  REQUIRE(rig.until([&] {
    auto reader = *rig.engine.store().read();
    auto page = action_page(*reader, {}, "", 10);
    for (const Json& row : page->rows) {
      Action action = *find_action(*reader, json_text(row, "id"));
      asked[action.type + action.source] = action;
    }
    return asked.size() == 3;
  }));
  REQUIRE((asked.contains("sms") && asked.contains("call") && asked.contains("callelevenlabs")));
  CHECK(asked["sms"].code == "no_source");
  CHECK(rig.engine.state()["dead"] == 0);

  rig.start();
  for (const char* without : {"sms", "call"}) {
    REQUIRE(rig.becomes(asked[without].id, "refused"));
    CHECK(rig.action(asked[without].id).code == "no_source");
  }
  CHECK(rig.action(asked["sms"].id).reason.find("twilio, twilio2") != std::string::npos);
  REQUIRE(rig.until([&] { return rig.engine.call(asked["call"].call).value("status", "") == "failed"; }));
  const std::string state = dump(rig.engine.state());
  CHECK(state.find(to_hex("ended")) != std::string::npos);
  CHECK(state.find(to_hex("no_source")) != std::string::npos);
  CHECK_FALSE(rig.outbox().status()["sources"].contains(""));
}

TEST_CASE("an answer with thousands of headers is kept without most of them") {
  HttpResponse response{.status = 200, .headers = {{"retry-after", "7"}}};
  for (int i = 0; i < 20'000; ++i) response.headers.emplace_back("", "");
  for (int i = 0; i < 20'000; ++i) response.headers.emplace_back("x", "");
  response.headers.emplace_back("y", std::string(30'000, 'y'));
  Action action;
  action.id = "axn_1";
  action.source = "twilio";
  NewRecord record = answer_record("answer", action, 1, std::move(response), 1);
  CHECK(std::ranges::count(record.headers, std::pair<std::string, std::string>("retry-after", "7")) == 1);
  Rig rig;
  CHECK(rig.engine.log().append_and_wait(std::move(record)));
}

TEST_CASE("nothing is sent before it is due") {
  Rig rig;
  rig.start();
  std::string id = rig.call("elevenlabs", 1, 0, 60'000);
  rig.settle();
  CHECK(rig.provider.requests() == 0);
  rig.advance_ms(59'999);
  rig.settle();
  CHECK(rig.provider.requests() == 0);
  rig.advance_ms(1);
  REQUIRE(rig.becomes(id, "done"));
}

TEST_CASE("while the data directory is not in place nothing is claimed or looked for, and it goes on when it is back") {
  Rig rig({.drop_after = 100});
  std::atomic<bool> in_place{true};
  rig.may_send = [&] { return in_place.load(); };
  rig.start();
  std::string looked_for = rig.call("elevenlabs", 1);
  REQUIRE(rig.becomes(looked_for, "unknown"));
  rig.provider.set_faults({});
  in_place = false;
  const size_t before = rig.provider.requests();
  std::string id = rig.call("twilio", 1);
  rig.advance_ms(60'000);
  rig.settle();
  CHECK(rig.provider.requests() == before);
  CHECK(rig.action(id).attempt == 0);
  in_place = true;
  rig.advance_ms(1'000);
  REQUIRE(rig.becomes(id, "done"));
  REQUIRE(rig.becomes(looked_for, "done"));
  CHECK(rig.provider.placed_of(id) == 1);
  CHECK(rig.provider.placed_of(looked_for) == 1);
}

TEST_CASE("a claim that is granted when the data directory has gone is not sent, and is tried again") {
  TempDir dir;
  Rig rig({}, {}, {{"log", {.file = dir.path() + "/log.jsonl"}}});
  const uint64_t before = rig.engine.log().last_seq();
  std::atomic<bool> back{false};
  rig.may_send = [&] { return back || rig.engine.log().last_seq() == before; };
  std::string call = rig.call("twilio", 1), line = rig.emit("log", 1);
  rig.start();
  for (const std::string& id : {call, line})
    REQUIRE(rig.until([&] { return rig.action(id).attempt == 1 && rig.status(id) == "waiting"; }));
  CHECK(rig.provider.requests() == 0);
  CHECK_FALSE(std::filesystem::exists(dir.path() + "/log.jsonl"));
  back = true;
  CHECK(rig.until([&] {
    rig.advance_ms(1'000);
    return rig.status(call) == "done" && rig.status(line) == "done";
  }));
  CHECK(rig.provider.placed_of(call) == 1);
}

TEST_CASE("a provider that is busy is asked again when it said, and rings once") {
  Rig rig({.rate_limited = 100});
  rig.start();
  std::string id = rig.call("twilio", 1);
  REQUIRE(rig.until([&] { return rig.provider.requests() == 1 && rig.status(id) == "waiting"; }));
  CHECK(rig.action(id).code == "rate_limited");
  rig.provider.set_faults({});
  rig.settle();
  CHECK(rig.provider.requests() == 1);
  rig.advance_ms(1'100);
  REQUIRE(rig.becomes(id, "done"));
  CHECK(rig.action(id).attempt == 1);
  CHECK(rig.provider.placed_of(id) == 1);
}

TEST_CASE("a call whose answer was lost is looked for and found, not placed again") {
  for (Faults faults : {Faults{.drop_after = 100}, Faults{.broken_after = 100}, Faults{.html_after = 100}}) {
    Rig rig(faults);
    rig.start();
    std::string id = rig.call("elevenlabs", 1);
    REQUIRE(rig.becomes(id, "unknown"));
    rig.advance_ms(60'000);
    REQUIRE(rig.becomes(id, "done"));
    CHECK(rig.provider.placed_of(id) == 1);
    CHECK(rig.action(id).result["external_ids"]["conversation_id"].get<std::string>().starts_with("conv_"));
  }
}

TEST_CASE("a call that certainly was not placed is placed once more, after it was looked for long enough") {
  for (const std::string& source : {std::string("elevenlabs"), std::string("twilio")}) {
    INFO(source);
    Rig rig({.drop_before = 100});
    rig.start();
    std::string id = rig.call(source, 1);
    REQUIRE(rig.becomes(id, "unknown"));
    rig.provider.set_faults({});
    CHECK(rig.until([&] {
      rig.advance_ms(5'000);
      return rig.status(id) == "done";
    }));
    CHECK(rig.provider.placed_of(id) == 1);
    CHECK(rig.action(id).attempt == 2);
  }
}

TEST_CASE("a clock that is set forward makes no list complete, so nobody is rung again") {
  constexpr int64_t kMinute = 60'000;
  for (const std::string& source : {std::string("elevenlabs"), std::string("twilio")}) {
    for (bool restarted : {false, true}) {
      CAPTURE(source, restarted);
      Rig rig({.drop_before = 100});
      rig.start();
      std::string id = rig.call(source, 1);
      REQUIRE(rig.becomes(id, "unknown"));
      rig.provider.set_faults({});
      rig.engine.clock().jump_ms(10 * kMinute);
      if (restarted) {
        rig.stop();
        rig.replace();
        rig.start();
      }
      for (int looks = 1; looks <= 2; ++looks) {
        rig.advance_ms(kMinute);
        REQUIRE(rig.until([&] { return rig.status(id) != "unknown" || rig.action(id).looks >= looks; }));
        CHECK(rig.status(id) == "unknown");
        CHECK(rig.action(id).code == "not_listed_yet");
      }
      CHECK(rig.provider.trace().size() == 1);
      CHECK(rig.until([&] {
        rig.advance_ms(5'000);
        return rig.status(id) == "done";
      }));
      CHECK(rig.action(id).attempt == 2);
    }
  }
}

TEST_CASE("a clock that is set forward ends no wait for the outcome of a task's attempt") {
  constexpr int64_t kMinute = 60'000;
  Rig rig;
  rig.start();
  const uint64_t seq = rig.engine.command(
      "task.create", {{"tenant", "B1/L1"},
                      {"wish", {{"to", "+40721000001"}, {"source", "elevenlabs"}, {"window", "any"}, {"key", "k"}}}});
  CHECK(seq > 0);
  auto task = [&] { return find_task(**rig.engine.store().read(), task_id_of("B1/L1", "k")); };
  REQUIRE(rig.until([&] { return task() && !task()->action.empty() && rig.status(task()->action) == "done"; }));
  const uint64_t before = rig.engine.log().last_seq();
  rig.engine.clock().jump_ms(90 * kMinute);
  REQUIRE(rig.until([&] { return rig.engine.log().last_seq() > before; }));
  rig.engine.settle();
  CHECK(task()->status == TaskStatus::in_progress);
  rig.advance_ms(59 * kMinute);
  rig.settle();
  CHECK(task()->status == TaskStatus::in_progress);
  rig.advance_ms(2 * kMinute);
  CHECK(rig.until([&] { return task()->code == "no_word"; }));
}

TEST_CASE("two calls to one number that cannot be told apart are left to a person") {
  Rig rig({.drop_after = 100});
  rig.start();
  std::string id = rig.call("twilio", 1);
  REQUIRE(rig.becomes(id, "unknown"));
  CHECK(rig.until([&] {
    rig.advance_ms(60'000);
    return rig.status(id) == "held";
  }));
  CHECK(rig.provider.placed_of(id) == 1);
}

TEST_CASE("what a provider refuses has failed, and nobody asks again") {
  Rig rig({.refused = 100});
  rig.start();
  for (const std::string& source : {std::string("elevenlabs"), std::string("twilio")}) {
    std::string id = rig.call(source, 1);
    REQUIRE(rig.becomes(id, "failed"));
    CHECK_FALSE(rig.action(id).reason.empty());
  }
  rig.advance_ms(3'600'000);
  rig.settle();
  CHECK(rig.provider.requests() == 2);
}

TEST_CASE("an account that may not is not asked further and burns no attempts, until it is configured anew") {
  Rig rig({.denied = 100}, {.concurrency = 1});
  rig.start();
  std::string first = rig.call("elevenlabs", 1), second = rig.call("elevenlabs", 2);
  REQUIRE(rig.until([&] { return rig.outbox().status()["sources"]["elevenlabs"]["breaker"] == "open"; }));
  std::string other = rig.call("twilio", 1);
  REQUIRE(rig.until([&] { return rig.outbox().status()["sources"]["twilio"]["breaker"] == "open"; }));
  rig.advance_ms(120'000);
  rig.settle();
  CHECK(rig.provider.requests() == 2);
  CHECK(rig.action(first).attempt + rig.action(second).attempt == 0);
  rig.provider.set_faults({});
  rig.outbox().forgive();
  for (const std::string& id : {first, second, other}) CHECK(rig.becomes(id, "done"));
}

TEST_CASE("a source that is down is left alone, tried with one action, and then works again") {
  Rig rig({.busy = 0, .refused = 0, .denied = 0}, {.concurrency = 1});
  rig.provider.set_faults({.broken_before = 100});
  rig.start();
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(rig.call("elevenlabs", i));
  auto breaker = [&] { return rig.outbox().status()["sources"]["elevenlabs"]["breaker"]; };
  REQUIRE(rig.until([&] { return breaker() == "open"; }));
  rig.settle();
  CHECK(rig.provider.requests() == limits::kBreakerFailures);
  std::string elsewhere = rig.call("twilio", 1);
  CHECK(rig.until([&] { return rig.action(elsewhere).attempt == 1; }));

  rig.provider.set_faults({});
  rig.advance_ms(limits::kBreakerMs);
  REQUIRE(rig.until([&] { return breaker() == "closed"; }));
  CHECK(rig.becomes(ids.back(), "done"));
}

TEST_CASE("one source's trouble holds up no other") {
  Rig rig;
  rig.start();
  rig.provider.set_faults({.denied = 100});
  std::string stuck = rig.call("elevenlabs", 1);
  REQUIRE(rig.until([&] { return rig.outbox().status()["sources"]["elevenlabs"]["breaker"] == "open"; }));
  for (int i = 2; i < 40; ++i) rig.call("elevenlabs", i);
  rig.provider.set_faults({});
  std::string id = rig.call("twilio", 1);
  CHECK(rig.becomes(id, "done"));
  CHECK(rig.status(stuck) == "waiting");
}

TEST_CASE("of what is due the highest priority goes first, one at a time where one at a time is allowed") {
  Rig rig({}, {.concurrency = 1});
  std::string low = rig.call("elevenlabs", 1, -1), usual = rig.call("elevenlabs", 2),
              high = rig.call("elevenlabs", 3, 9);
  rig.start();
  REQUIRE(rig.becomes(low, "done"));
  auto trace = rig.provider.trace();
  REQUIRE(trace.size() == 3);
  CHECK(trace[0].find(high) != std::string::npos);
  CHECK(trace[1].find(usual) != std::string::npos);
  CHECK(trace[2].find(low) != std::string::npos);
}

TEST_CASE("calls are begun no faster than configured") {
  Rig rig({}, {.concurrency = 100, .per_second = 2});
  for (int i = 0; i < 6; ++i) rig.call("elevenlabs", i);
  rig.start();
  REQUIRE(rig.until([&] { return rig.provider.requests() == 2; }));
  rig.settle();
  CHECK(rig.provider.requests() == 2);
  rig.advance_ms(499);
  rig.settle();
  CHECK(rig.provider.requests() == 2);
  rig.advance_ms(2);
  CHECK(rig.until([&] { return rig.provider.requests() == 3; }));
  rig.advance_ms(60'000);
  CHECK(rig.until([&] { return rig.provider.requests() == 5; }));  // what was saved up is one second's worth
}

TEST_CASE("an action that can never be sent has failed with the reason") {
  Rig rig;
  rig.start();
  Action asked;
  std::string id = rig.call("twilio", 1);
  REQUIRE(rig.becomes(id, "done"));
  auto written = rig.engine.store().write([&](Writer& writer) -> Status {
    Action broken = *find_action(writer, id);
    broken.status = ActionStatus::waiting;
    broken.params.erase("twiml");
    broken.params["machine_detection"] = "perhaps";
    broken.next_ms = 0;
    put_action(writer, broken);
    return {};
  });
  REQUIRE(written);
  REQUIRE(rig.becomes(id, "failed"));
  CHECK(rig.action(id).code == "unsendable");
  CHECK(rig.action(id).reason.find("machine_detection") != std::string::npos);
}

TEST_CASE("a claim from before a crash is lost, looked for, and rings nobody again") {
  for (bool rang : {true, false}) {
    INFO("rang " << rang);
    Rig rig;
    std::string id = rig.call("elevenlabs", 1);
    NewRecord claim = claim_record(rig.action(id), 1, false, rig.engine.clock().now_ms());
    REQUIRE(rig.engine.log().append_and_wait(std::move(claim)));
    rig.engine.settle();
    REQUIRE(rig.status(id) == "sending");
    if (rang) {
      auto http = HttpClient::start({});
      Json body{{"to_number", "+40722000001"},
                {"conversation_initiation_client_data",
                 {{"user_id", id}, {"dynamic_variables", {{"hookswitch_action", id}}}}}};
      HttpRequest request{
          .method = "POST", .url = rig.provider.url() + "/v1/convai/twilio/outbound-call", .body = dump(body)};
      REQUIRE((*http)->send_and_wait({.request = request, .base_url = rig.provider.url()}));
    }
    rig.start();
    REQUIRE(rig.until([&] { return rig.status(id) == "unknown"; }));
    CHECK(rig.action(id).code == "lost");
    CHECK(rig.until([&] {
      rig.advance_ms(5'000);
      return rig.status(id) == "done";
    }));
    CHECK(rig.provider.placed_of(id) == 1);
    CHECK(rig.action(id).attempt == (rang ? 1 : 2));
  }
}

TEST_CASE("while the log takes nothing, nothing is begun, and no outcome is forgotten") {
  Rig rig({.slow_ms = 1});
  rig.start();
  rig.log.refuse = 3;
  std::string id = rig.call("elevenlabs", 1);
  CHECK(rig.until([&] {
    rig.advance_ms(100);
    return rig.status(id) == "done";
  }));
  CHECK(rig.provider.placed_of(id) == 1);

  std::string next = rig.call("elevenlabs", 2);
  REQUIRE(rig.until([&] { return rig.status(next) != "waiting"; }));
  rig.log.refuse = 4;  // its answer, unless that was faster
  REQUIRE(rig.until([&] {
    rig.advance_ms(10);
    return rig.status(next) == "done";
  }));
  CHECK(rig.provider.placed_of(next) == 1);
}

TEST_CASE("a claim that the log took, although it said that it did not, is found and tried again") {
  Rig rig;
  rig.start();
  rig.log.mislead = 1;
  std::string id = rig.call("elevenlabs", 1);
  CHECK(rig.until([&] {
    rig.advance_ms(100);
    return rig.status(id) == "done";
  }));
  CHECK(rig.provider.placed_of(id) == 1);
}

TEST_CASE("a stop lets requests under way end and begins nothing new") {
  Rig rig({.slow_ms = 300}, {.concurrency = 2});
  rig.start();
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(rig.call("elevenlabs", i));
  REQUIRE(rig.until([&] { return rig.provider.requests() >= 1; }));
  rig.stop();
  rig.engine.settle();
  int placed = 0;
  for (const std::string& id : ids) {
    std::string status = rig.status(id);
    INFO(id << " is " << status);
    CHECK((status == "done" || status == "waiting"));
    CHECK((status == "done") == (rig.provider.placed_of(id) == 1));
    placed += rig.provider.placed_of(id);
  }
  CHECK(placed < 6);
}

TEST_CASE("what is due is begun within a moment, however much else waits") {
  Rig rig;
  rig.start();
  auto wanted = rig.engine.store().write([&](Writer& writer) -> Status {
    for (int n = 0; n < 20'000; ++n) {
      Action later;
      later.id = fmt::format("axn_{:024}", n);
      later.made_seq = static_cast<uint64_t>(n) + 1;
      later.source = "elevenlabs";
      later.type = "call";
      later.next_ms = rig.engine.clock().now_ms() + 3'600'000 + n;
      put_action(writer, later);
    }
    return {};
  });
  REQUIRE(wanted);
  std::string id = rig.call("elevenlabs", 1, 0, 1'000);
  rig.settle();
  rig.advance_ms(1'000);
  auto due = std::chrono::steady_clock::now();
  rig.outbox().wake();
  REQUIRE(eventually([&] { return rig.provider.placed_of(id) == 1; }));
  CHECK(std::chrono::steady_clock::now() - due < std::chrono::milliseconds(100));
  CHECK(rig.provider.requests() == 1);
}

TEST_CASE("hanging up does not wait behind those who are to be rung") {
  Rig rig({}, {.concurrency = 100, .per_second = 0.001});
  rig.start();
  for (int i = 0; i < 50; ++i) rig.call("twilio", i);
  std::string id = rig.end_call("twilio", "CA00000000000000000000000000000001");
  CHECK(rig.becomes(id, "failed"));  // there is no such call there
  CHECK(rig.action(id).attempt == 1);
}

TEST_CASE("the same seed does the same to the same actions") {
  auto run = [] {
    Rig rig({.seed = 7, .drop_after = 20, .rate_limited = 20, .refused = 20}, {.concurrency = 1});
    rig.start();
    std::vector<std::string> ids;
    for (int i = 0; i < 12; ++i) ids.push_back(rig.call("elevenlabs", i));
    REQUIRE(rig.until([&] {
      rig.advance_ms(500);
      return std::ranges::all_of(ids, [&](const std::string& id) { return is_final(rig.action(id).status); });
    }));
    std::map<std::string, std::string> ends;
    for (const std::string& id : ids) {
      ends[id] = rig.status(id) + "/" + std::to_string(rig.action(id).attempt);
      CHECK(rig.provider.placed_of(id) == (rig.status(id) == "done" ? 1 : 0));
    }
    return ends;
  };
  CHECK(run() == run());
}

}  // namespace hookswitch::test
