// Asking a provider for what its webhooks missed: everything is found, nothing twice, whatever goes wrong meanwhile.
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/base/limits.h"
#include "tests/unit/sync/rig.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

const Json kFromFirst = {{"source", "elevenlabs"}, {"from_ms", 1'765'999'000'000}};

/// The state without the word about who told of a call.
Json told(InProcess& engine) {
  engine.settle();
  Json state = engine.state();
  std::function<void(Json&)> clean = [&](Json& value) {
    if (value.is_object()) value.erase("reported_by");
    for (Json& each : value) {
      if (each.is_structured()) clean(each);
    }
  };
  clean(state);
  return state;
}

std::string reporter(InProcess& engine, const std::string& id) { return engine.call(id).value("reported_by", ""); }

// HOOKSWITCH_SYNC_ITEMS: of the sync after lost webhooks.
int items() {
  const char* text = std::getenv("HOOKSWITCH_SYNC_ITEMS");
  return text == nullptr ? 1'000 : std::atoi(text);
}

/// What import records brought so far, in the log's order.
std::vector<std::string> imported(InProcess& engine) {
  std::vector<std::string> ids;
  auto visit = [&](const RecordView& record) {
    if (record.kind == RecordKind::import) ids.push_back(Json::parse(record.body).value("conversation_id", ""));
    return true;
  };
  REQUIRE(engine.log().read(1, 1'000'000, visit, [](uint64_t, const Error&) {}));
  return ids;
}

HttpResult status(int code, HeaderList headers = {}) { return HttpResponse{code, std::move(headers), "{}"}; }

/// An engine ran last so long ago.
void last_ran(SyncRig& rig, std::chrono::milliseconds ago) {
  std::ofstream(rig.options.alive_file) << "1";
  std::filesystem::last_write_time(rig.options.alive_file, std::filesystem::file_time_type::clock::now() - ago);
}

/// Those that were asked for because of a downtime, once there are so many and all are over.
std::vector<Sync> after_downtime(SyncRig& rig, size_t count) {
  REQUIRE(eventually([&] { return rig.all().size() >= count; }));
  std::vector<Sync> out;
  for (const Sync& sync : rig.all()) out.push_back(rig.wait(sync.id));
  CHECK(std::ranges::all_of(out, [](const Sync& sync) { return sync.by == "downtime"; }));
  return out;
}

}  // namespace

TEST_CASE("a sync after lost webhooks ends in the state that full delivery gives, and fetches only what is missing") {
  const int all = items();
  SyncRig rig;
  InProcess full;
  int lost = 0;
  for (int n = 0; n < all; ++n) {
    Json conversation = made_conversation(n);
    rig.provider.add_conversation(conversation_id(n), conversation);
    full.deliver("elevenlabs", "", webhook_of(conversation));
    if (n % 20 == 7) {
      ++lost;
    } else {
      rig.engine.deliver("elevenlabs", "", webhook_of(conversation));
    }
  }
  rig.engine.settle();
  rig.start();
  Sync sync = rig.sync(kFromFirst);
  CHECK(sync.status == SyncStatus::done);
  CHECK(sync.total == static_cast<uint64_t>(all));
  CHECK(sync.created == static_cast<uint64_t>(lost));
  CHECK(sync.updated == 0);
  CHECK(sync.skipped == static_cast<uint64_t>(all - lost));
  CHECK(sync.failed == 0);
  CHECK(sync.pages == static_cast<uint64_t>((all + 99) / 100));
  CHECK(rig.provider.asked_of("/conversations/conv_") == static_cast<size_t>(lost));
  CHECK((told(rig.engine) == told(full)));
  CHECK(reporter(rig.engine, conversation_id(7)) == "sync");
  CHECK(reporter(rig.engine, conversation_id(8)) == "both");
  CHECK(reporter(full, conversation_id(8)) == "webhook");

  Sync again = rig.sync(kFromFirst);
  CHECK(again.skipped == static_cast<uint64_t>(all));
  CHECK(rig.provider.asked_of("/conversations/conv_") == static_cast<size_t>(lost));
}

TEST_CASE("several things are fetched at once, and come into the log in the list's order whichever is there first") {
  SyncRig rig;
  std::vector<std::string> ids;
  for (int n = 0; n < 12; ++n) {
    ids.push_back(conversation_id(n));
    rig.provider.add_conversation(ids.back(), made_conversation(n));
  }
  rig.provider.hold_items(4);  // fewer at once, and none would ever be answered
  rig.start();
  CHECK(rig.sync(kFromFirst).created == 12);
  CHECK(imported(rig.engine) == ids);
}

TEST_CASE("what syncs did can be read from their metrics") {
  SyncRig rig;
  for (int n = 0; n < 5; ++n) rig.provider.add_conversation(conversation_id(n), made_conversation(n));
  rig.engine.deliver("elevenlabs", "", webhook_of(made_conversation(0)));
  rig.provider.set_fault([](const std::string& target, int) {
    return target.ends_with("conv_000001") ? std::optional(status(400)) : std::nullopt;
  });
  rig.start();
  rig.sync(kFromFirst);
  std::string text;
  eventually([&] {
    text = rig.metrics.text();
    return text.find("hookswitch_sync_runs_total") != std::string::npos;
  });
  rig.stop();
  text = rig.metrics.text();
  INFO(text);
  for (const char* line :
       {R"(hookswitch_sync_runs_total{source="elevenlabs",status="done"} 1)",
        R"(hookswitch_sync_items_total{outcome="created",source="elevenlabs"} 3)",
        R"(hookswitch_sync_items_total{outcome="skipped",source="elevenlabs"} 1)",
        R"(hookswitch_sync_items_total{outcome="failed",source="elevenlabs"} 1)",
        R"(hookswitch_sync_pages_total{source="elevenlabs"} 1)", R"(hookswitch_sync_running{source="elevenlabs"} 0)"}) {
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_CASE(
    "a page that fails in the middle of a list is asked for again, and one of garbage ends the sync where it was") {
  SyncRig rig;
  rig.provider.set_page_size(10);
  for (int n = 0; n < 30; ++n) rig.provider.add_conversation(conversation_id(n), made_conversation(n));
  rig.provider.set_fault([](const std::string& target, int nth) -> std::optional<HttpResult> {
    if (target.find("cursor=c10") != std::string::npos && nth <= 3)
      return status(nth == 1 ? 500 : nth == 2 ? 429 : 503, {{"retry-after", "0"}});
    if (target.find("cursor=c20") != std::string::npos) return HttpResponse{200, {}, R"({"conversations": 7})"};
    return std::nullopt;
  });
  rig.start();
  Sync sync = rig.sync(kFromFirst);
  CHECK(sync.status == SyncStatus::failed);
  CHECK(sync.created == 20);
  CHECK(sync.pages == 2);
  CHECK_FALSE(sync.reason.empty());
  rig.provider.set_fault({});
  CHECK(rig.sync(kFromFirst).created == 10);
}

TEST_CASE("a sync that was cut off in the middle of a page counts nothing twice") {
  SyncRig rig;
  rig.at_once = {};
  for (int n = 0; n < 20; ++n) rig.provider.add_conversation(conversation_id(n), made_conversation(n));
  rig.engine.deliver("elevenlabs", "", webhook_of(made_conversation(19)));
  std::atomic<bool> reached{false};
  rig.provider.set_fault([&](const std::string& target, int) -> std::optional<HttpResult> {
    if (!target.ends_with("conv_000012")) return std::nullopt;
    reached = true;
    return status(503);
  });
  rig.start();
  std::string id = rig.ask(kFromFirst)["id"];
  while (!reached) std::this_thread::yield();
  rig.stop();
  rig.engine.restart();
  rig.provider.set_fault({});
  rig.start();
  Sync sync = rig.wait(id);
  CHECK(sync.created == 19);
  CHECK(sync.skipped == 1);
  CHECK(sync.total == 20);
  CHECK(imported(rig.engine).size() == 19);
}

TEST_CASE("a webhook that comes after its sync changes nothing but who told") {
  SyncRig rig;
  Json conversation = made_conversation(1);
  rig.provider.add_conversation(conversation_id(1), conversation);
  rig.start();
  CHECK(rig.sync(kFromFirst).created == 1);
  Json before = told(rig.engine);
  rig.engine.deliver("elevenlabs", "", webhook_of(conversation));
  CHECK(told(rig.engine) == before);
  CHECK(reporter(rig.engine, conversation_id(1)) == "both");
}

TEST_CASE("an agent that nobody knows is kept under no tenant, and the sync says which it is") {
  SyncRig rig;
  Json conversation = made_conversation(1);
  conversation["agent_id"] = "agent_of_nobody";
  rig.provider.add_conversation(conversation_id(1), conversation);
  rig.start();
  Sync sync = rig.sync(kFromFirst);
  CHECK(sync.created == 1);
  CHECK_THAT(sync.reason, Catch::Contains("agent_of_nobody") && Catch::Contains("no tenant"));
  CHECK(rig.engine.call(conversation_id(1))["tenant"].is_null());
}

TEST_CASE("a sync tries again what fails for a while, and goes on without what fails for good") {
  SyncRig rig;
  for (int n = 0; n < 5; ++n) rig.provider.add_conversation(conversation_id(n), made_conversation(n));
  rig.provider.set_fault([](const std::string& target, int nth) -> std::optional<HttpResult> {
    if (target.ends_with("conv_000001") && nth < 3) return status(nth == 1 ? 500 : 429, {{"retry-after", "0"}});
    if (target.ends_with("conv_000002")) return status(400);
    if (target.ends_with("conv_000003")) return HttpResponse{200, {}, "<html>"};
    if (target.find("page_size") != std::string::npos && nth == 1)
      return std::unexpected(HttpFailure{"connection reset"});
    return std::nullopt;
  });
  rig.start();
  Sync sync = rig.sync(kFromFirst);
  CHECK(sync.status == SyncStatus::done);
  CHECK(sync.created == 3);
  CHECK(sync.failed == 2);
  CHECK_FALSE(sync.reason.empty());
  // What was left out must be asked for again: the mark stays.
  CHECK_FALSE(synced_until(*rig.engine.store().read().value(), "elevenlabs", "conversations"));
}

TEST_CASE("what is listed and gone holds no sync back") {
  SyncRig rig;
  for (int n = 0; n < 3; ++n) rig.provider.add_conversation(conversation_id(n), made_conversation(n));
  rig.provider.set_fault([](const std::string& target, int) -> std::optional<HttpResult> {
    if (target.ends_with("conv_000001")) return status(404);
    if (target.ends_with("conv_000002")) return status(410);
    return std::nullopt;
  });
  rig.start();
  Sync sync = rig.sync(kFromFirst);
  CHECK((sync.status == SyncStatus::done && sync.created == 1 && sync.skipped == 2 && sync.failed == 0));
  CHECK(sync.total == 3);
  CHECK_THAT(sync.reason, Catch::Contains("conv_000001 is listed and gone") && Catch::Contains("404"));
  CHECK(synced_until(*rig.engine.store().read().value(), "elevenlabs", "conversations"));
}

TEST_CASE("what can never be fetched holds five syncs back, and no more") {
  SyncRig rig;
  rig.provider.add_conversation(conversation_id(1), made_conversation(1));
  rig.provider.set_fault([](const std::string& target, int) {
    return target.ends_with("conv_000001") ? std::optional(status(400)) : std::nullopt;
  });
  rig.start();
  for (int n = 1; n <= 5; ++n) {
    INFO(n);
    Sync sync = rig.sync(kFromFirst);
    CHECK(sync.failed == 1);
    CHECK((sync.reason.find("not asked for again") != std::string::npos) == (n == 5));
    CHECK(synced_until(*rig.engine.store().read().value(), "elevenlabs", "conversations").has_value() == (n == 5));
  }
}

TEST_CASE("a request of a sync has the time that is configured") {
  SyncRig rig;
  rig.timeout_ms = 4'321;
  rig.provider.add_conversation(conversation_id(1), made_conversation(1));
  rig.start();
  rig.sync(kFromFirst);
  rig.stop();
  CHECK(rig.provider.timeouts() == std::set<int64_t>{4'321});
}

TEST_CASE("a sync that may not, or cannot, is given up with its reason") {
  struct Case {
    HttpResult answer;
    const char* because;
    size_t requests;
  };
  std::vector<Case> cases;
  cases.push_back({status(401), "answered 401", 1});
  cases.push_back({status(500), "answered 500", limits::kSyncTries});
  cases.push_back({std::unexpected(HttpFailure{"connection refused"}), "connection refused", limits::kSyncTries});
  cases.push_back({HttpResponse{200, {}, "<html>"}, "read JSON", 1});
  for (const Case& each : cases) {
    SyncRig rig;
    rig.provider.set_fault([&](const std::string&, int) { return std::optional(each.answer); });
    rig.start();
    Sync sync = rig.sync(kFromFirst);
    CHECK(sync.status == SyncStatus::failed);
    CHECK_THAT(sync.reason, Catch::Contains(each.because));
    CHECK(rig.provider.asked().size() == each.requests);
  }
}

TEST_CASE("a list that repeats itself is given up") {
  SyncRig rig;
  rig.provider.set_fault([](const std::string&, int) {
    return std::optional(
        HttpResult(HttpResponse{200, {}, R"({"conversations":[],"has_more":true,"next_cursor":"same"})"}));
  });
  rig.start();
  Sync sync = rig.sync(kFromFirst);
  CHECK(sync.status == SyncStatus::failed);
  CHECK_THAT(sync.reason, Catch::Contains("repeats itself"));
  CHECK(rig.provider.asked().size() == 2);
}

TEST_CASE("a sync that was cut off goes on where it was") {
  SyncRig rig;
  rig.provider.set_page_size(10);
  for (int n = 0; n < 50; ++n) rig.provider.add_conversation(conversation_id(n), made_conversation(n));
  std::atomic<bool> reached{false};
  rig.provider.set_fault([&](const std::string& target, int) -> std::optional<HttpResult> {
    if (target.find("cursor=c20") == std::string::npos) return std::nullopt;
    reached = true;
    return status(503);  // until it is stopped
  });
  rig.start();
  std::string id = rig.ask(kFromFirst)["id"];
  while (!reached) std::this_thread::yield();
  rig.stop();
  rig.engine.restart();
  rig.provider.set_fault({});
  rig.start();
  Sync sync = rig.wait(id);
  CHECK(sync.status == SyncStatus::done);
  CHECK(sync.created == 50);
  CHECK(sync.total == 50);
  CHECK(rig.provider.asked_of("page_size=100&sort_direction=asc&call_start_after_unix=1765998999") >= 5);
}

TEST_CASE("a canceled sync ends after its page") {
  SyncRig rig;
  rig.provider.set_page_size(1);
  for (int n = 0; n < 50; ++n) rig.provider.add_conversation(conversation_id(n), made_conversation(n));
  std::atomic<bool> reached{false}, go{false};
  rig.provider.set_fault([&](const std::string& target, int) -> std::optional<HttpResult> {
    if (target.find("cursor=c3") != std::string::npos) {
      reached = true;
      while (!go) std::this_thread::yield();
    }
    return std::nullopt;
  });
  rig.start();
  std::string id = rig.ask(kFromFirst)["id"];
  while (!reached) std::this_thread::yield();
  rig.engine.command("sync.cancel", {{"id", id}});
  rig.engine.settle();
  go = true;
  CHECK(rig.wait(id).status == SyncStatus::canceled);
  rig.stop();
  CHECK(rig.provider.asked_of("cursor=c5") == 0);
}

TEST_CASE("the next sync begins a while before what the last one has seen, and the first one a day ago") {
  SyncRig rig;
  rig.start();
  int64_t now = rig.engine.clock().now_ms();
  CHECK(rig.sync({{"source", "elevenlabs"}}).from_ms == now - limits::kFirstSyncMs);
  rig.engine.clock().advance_ms(10'000'000);
  CHECK(rig.sync({{"source", "elevenlabs"}}).from_ms == now - limits::kSyncOverlapMs);
}

TEST_CASE("what cannot be synced is refused with what there is") {
  SyncRig rig;
  CHECK(rig.ask({{"source", "nobody"}})["status"] == 404);
  CHECK_THAT(rig.ask({{"source", "elevenlabs"}, {"resource", "weather"}})["detail"].get<std::string>(),
             Catch::Contains("expected one of conversations, agents"));
  CHECK(rig.ask({{"source", "elevenlabs"}, {"resource", "recordings"}})["status"] == 400);
  CHECK(rig.ask({{"source", "elevenlabs"}, {"from_ms", 5}, {"to_ms", 5}})["status"] == 400);
  CHECK(rig.ask({{"source", "elevenlabs"}})["status"] == "waiting");
  CHECK(rig.ask({{"source", "elevenlabs"}})["status"] == 409);
  CHECK(rig.ask({{"source", "twilio"}})["resource"] == "calls");
}

TEST_CASE("Twilio's calls come whole with the list, and bring prices that no webhook told") {
  SyncRig rig;
  rig.provider.set_page_size(2);
  for (int n = 0; n < 5; ++n) {
    rig.provider.add_call({{"sid", fmt::format("CA{:032x}", n)},
                           {"status", n == 4 ? "in-progress" : "completed"},
                           {"direction", "inbound"},
                           {"from", "+40722000111"},
                           {"to", "+40310000000"},
                           {"duration", "42"},
                           {"price", n == 4 ? Json() : Json("-0.02")},
                           {"price_unit", "USD"},
                           {"date_created", "Wed, 17 Dec 2025 19:33:20 +0000"},
                           {"start_time", "Wed, 17 Dec 2025 19:33:22 +0000"},
                           {"end_time", "Wed, 17 Dec 2025 19:34:04 +0000"}});
  }
  std::string known = fmt::format("CA{:032x}", 0);
  rig.engine.deliver(
      "twilio", "status",
      "CallSid=" + known +
          "&CallStatus=completed&CallDuration=42&SequenceNumber=3&Timestamp=Wed%2C+17+Dec+2025+19%3A34%3A04+%2B0000");
  rig.engine.settle();
  CHECK(rig.engine.call(known)["cost"].is_null());
  rig.start();
  Sync sync = rig.sync({{"source", "twilio"}});
  CHECK(sync.status == SyncStatus::done);
  CHECK(sync.pages == 3);
  CHECK(sync.created + sync.updated == 5);
  CHECK(rig.engine.call(known)["cost"] == 0.02);
  CHECK(reporter(rig.engine, known) == "both");
  CHECK(reporter(rig.engine, fmt::format("CA{:032x}", 1)) == "sync");
  CHECK(rig.sync({{"source", "twilio"}}).skipped == 5);
}

TEST_CASE("an engine that was down for a while asks by itself, one that was not does not") {
  SyncRig rig;
  for (bool down : {false, true}) {
    std::ofstream(rig.options.alive_file) << "1";
    auto then = std::filesystem::file_time_type::clock::now() -
                std::chrono::milliseconds(down ? limits::kSyncAloneMs + 1'000 : 0);
    std::filesystem::last_write_time(rig.options.alive_file, then);
    rig.start();
    if (down) {
      for (int i = 0; i < 10'000 && rig.all().size() < 2; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      REQUIRE(rig.all().size() == 2);
      for (const Sync& sync : rig.all()) CHECK(rig.wait(sync.id).by == "downtime");
    } else {
      rig.sync(kFromFirst);
      CHECK(rig.all().size() == 1);
      auto age =
          std::filesystem::file_time_type::clock::now() - std::filesystem::last_write_time(rig.options.alive_file);
      CHECK(age < std::chrono::seconds(60));
    }
    rig.stop();
    if (!down) {
      auto over = rig.all();
      REQUIRE(rig.engine.store().write([&](Writer& writer) {
        for (const Sync& sync : over) writer.del(Table::syncs, "r" + sync.id);
        return Status();
      }));
    }
  }
}

TEST_CASE("while the data directory is not in place no sync is asked for and no file of it is written") {
  SyncRig rig;
  rig.options.sources = {{"elevenlabs", {.schedule = "*/5 * * * *"}}};
  std::atomic<bool> in_place{false};
  std::atomic<int> looks{0};
  rig.options.in_place = [&] {
    ++looks;
    return in_place.load();
  };
  rig.start();
  REQUIRE(eventually([&] { return looks == 1; }));
  std::filesystem::remove(rig.options.alive_file);
  rig.engine.clock().advance_ms(300'000);
  REQUIRE(eventually([&] { return looks == 2; }));
  CHECK(rig.all().empty());
  CHECK_FALSE(std::filesystem::exists(rig.options.alive_file));
  in_place = true;
  CHECK(eventually([&] { return rig.all().size() == 1; }));
  CHECK(std::filesystem::exists(rig.options.alive_file));
}

TEST_CASE("after a downtime all of it is asked for, however long it was and whether or not there was a sync before") {
  SyncRig rig;
  rig.options.sources = {{"elevenlabs", {}}};
  const int64_t three_days = 3 * limits::kFirstSyncMs;
  const int64_t since = rig.engine.clock().now_ms() - three_days;
  const bool synced_before = GENERATE(false, true);
  const int64_t mark = since - 7'200'000;
  if (synced_before) {
    REQUIRE(rig.engine.store().write([&](Writer& writer) {
      set_synced_until(writer, "elevenlabs", "conversations", mark);
      return Status();
    }));
  }
  last_ran(rig, std::chrono::milliseconds(three_days));
  rig.start();
  Sync sync = after_downtime(rig, 1).front();
  const int64_t from = (synced_before ? mark : since) - limits::kSyncOverlapMs;
  CHECK(sync.from_ms <= from);
  CHECK(sync.from_ms > from - 60'000);
}

TEST_CASE("what a downtime's sync could not ask is asked again: after a while, and at the next start") {
  SyncRig rig;
  rig.options.sources = {{"elevenlabs", {}}};
  rig.provider.set_fault([](const std::string&, int) { return std::optional(status(401)); });
  last_ran(rig, std::chrono::hours(72));
  rig.start();
  Sync first = after_downtime(rig, 1).front();
  CHECK(first.status == SyncStatus::failed);
  const bool restarted = GENERATE(false, true);
  rig.provider.set_fault({});
  if (restarted) {
    rig.stop();
    rig.engine.restart();
    rig.start();
  } else {
    // Noted only once the sync is over: so time goes on until it is.
    REQUIRE(eventually([&] {
      rig.engine.clock().advance_ms(1'800'000);
      return rig.all().size() >= 2;
    }));
  }
  auto both = after_downtime(rig, 2);
  REQUIRE(both.size() == 2);
  CHECK(both[1].from_ms == first.from_ms);
  CHECK(both[1].status == SyncStatus::done);
  rig.stop();
  rig.start();
  rig.sync(kFromFirst);
  CHECK(rig.all().size() == 3);  // what was asked is not asked again
}

TEST_CASE("a downtime's sync waits for one of its source that was cut off") {
  SyncRig rig;
  rig.options.sources = {{"elevenlabs", {}}};
  rig.engine.command("sync.start", kFromFirst);
  rig.engine.settle();
  last_ran(rig, std::chrono::hours(72));
  rig.start();
  REQUIRE(eventually([&] { return rig.all().size() == 2; }));
  for (const Sync& sync : rig.all()) CHECK(rig.wait(sync.id).status == SyncStatus::done);
  CHECK(rig.all()[1].by == "downtime");
}

TEST_CASE("what is forgotten with its call is not counted by a later sync") {
  SyncRig rig;
  constexpr int64_t kKeptMs = 10 * 86'400'000LL;
  rig.engine.set_retention({.calls_ms = kKeptMs});
  Json old = made_conversation(1), young = made_conversation(2);
  old["metadata"]["start_time_unix_secs"] = (rig.engine.clock().now_ms() - kKeptMs) / 1000 - 60;
  young["metadata"]["start_time_unix_secs"] = (rig.engine.clock().now_ms() - kKeptMs) / 1000 + 3'600;
  rig.provider.add_conversation(conversation_id(1), old);
  rig.provider.add_conversation(conversation_id(2), young);
  rig.start();
  Sync sync = rig.sync({{"source", "elevenlabs"}, {"from_ms", 1'000}});
  CHECK(sync.created == 1);
  CHECK(sync.skipped == 1);
  CHECK(rig.engine.call(conversation_id(1)).is_null());
  CHECK_FALSE(rig.engine.call(conversation_id(2)).is_null());
}

TEST_CASE("a call that is forgotten does not come back with who picked it up") {
  SyncRig rig;
  rig.engine.set_retention({.calls_ms = 10 * 86'400'000LL});  // since 2025-12-08T23:20Z
  const std::string sid = fmt::format("CA{:032x}", 1);
  rig.provider.add_call({{"sid", sid},
                         {"status", "completed"},
                         {"answered_by", "machine_start"},
                         {"direction", "outbound-api"},
                         {"date_created", "Mon, 08 Dec 2025 23:19:00 +0000"},
                         {"start_time", "Mon, 08 Dec 2025 23:19:10 +0000"},
                         {"end_time", "Mon, 08 Dec 2025 23:21:00 +0000"}});
  rig.start();
  CHECK(rig.sync({{"source", "twilio"}, {"from_ms", 1'000}}).skipped == 1);
  CHECK(rig.engine.call(sid).is_null());
}

TEST_CASE("a sync by itself begins with what is kept") {
  SyncRig rig;
  rig.engine.set_retention({.calls_ms = 3'600'000});
  rig.start();
  const int64_t now = rig.engine.clock().now_ms();
  CHECK(rig.sync({{"source", "elevenlabs"}}).from_ms == now - 3'600'000);
  CHECK(rig.sync(kFromFirst).from_ms == kFromFirst["from_ms"]);
}

TEST_CASE("a sync is asked for when its time has come") {
  SyncRig rig;
  rig.options.sources = {{"elevenlabs", {.schedule = "*/5 * * * *"}}};
  rig.start();
  CHECK(rig.all().empty());
  rig.engine.clock().advance_ms(300'000);
  for (int i = 0; i < 10'000 && rig.all().empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  REQUIRE(rig.all().size() == 1);
  CHECK(rig.wait(rig.all()[0].id).by == "schedule");
}
