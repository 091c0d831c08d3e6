// Asking a provider for what its webhooks missed, by the real binary that is killed meanwhile. HOOKSWITCH_SYNC_ITEMS,
// HOOKSWITCH_KILLS and HOOKSWITCH_SEED change how much, how often and when.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "engine/http/url.h"
#include "tests/support/engine_process.h"
#include "tests/support/list_server.h"

namespace hookswitch::test {
namespace {

constexpr const char* kFrom = "2025-12-01T00:00:00Z";

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

void pause_ms(int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Every row of a list, without what says when and by whom it came.
Json all_of(EngineProcess& engine, const std::string& path) {
  Json rows = Json::array();
  std::string cursor;
  do {
    std::string page = fmt::format("{}{}limit=200", path, path.find('?') == std::string::npos ? '?' : '&');
    if (!cursor.empty()) page += "&cursor=" + percent_encode(cursor);
    Json answer = engine.api(page);
    for (Json& row : answer.at("data")) {
      for (const char* field : {"reported_by", "created_at", "updated_at"}) row.erase(field);
      rows.push_back(std::move(row));
    }
    cursor = answer.at("next_cursor").is_string() ? answer.at("next_cursor").get<std::string>() : "";
  } while (!cursor.empty());
  return rows;
}

Json start_sync(EngineProcess& engine) {
  auto answer = engine.api_post("/sync", {{"source", "elevenlabs"}, {"from", kFrom}});
  REQUIRE(answer);
  INFO(answer->body);
  REQUIRE(answer->status == 202);
  return Json::parse(answer->body);
}

Json ended(EngineProcess& engine, const std::string& id) {
  Json sync;
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  do {
    pause_ms(20);
    sync = engine.api("/sync/" + id);
  } while (std::chrono::steady_clock::now() < deadline && sync.value("ended_at", Json()).is_null());
  return sync;
}

}  // namespace

TEST_CASE("a sync whose engine is killed at random moments ends in the state of full delivery, with nothing twice") {
  const int count = setting("HOOKSWITCH_SYNC_ITEMS", 300), kills = setting("HOOKSWITCH_KILLS", 5);
  const auto seed = static_cast<unsigned>(setting("HOOKSWITCH_SEED", 20261121));
  INFO("HOOKSWITCH_SEED=" << seed);
  std::mt19937 random(seed);
  ListServer provider;
  provider.lists.set_page_size(50);
  EngineProcess full, engine("", "", provider.url());
  full.start();
  engine.start();
  int lost = 0;
  for (int n = 0; n < count; ++n) {
    Json conversation = made_conversation(n);
    provider.lists.add_conversation(conversation_id(n), conversation);
    REQUIRE(full.post_elevenlabs(webhook_of(conversation))->status == 200);
    if (n % 2 == 0) {
      ++lost;
    } else {
      REQUIRE(engine.post_elevenlabs(webhook_of(conversation))->status == 200);
    }
  }
  provider.hold_ms = 20;
  std::string id = start_sync(engine).at("id");
  for (int i = 0; i < kills; ++i) {
    pause_ms(20 + static_cast<int64_t>(random() % 150));
    engine.kill_hard();
    engine.start();
  }
  provider.hold_ms = 0;
  Json sync = ended(engine, id);
  INFO(dump(sync));
  CHECK(sync.value("status", "") == "done");
  CHECK(sync.value("total", 0) == count);
  CHECK(sync.value("created", 0) == lost);
  CHECK(sync.value("skipped", 0) == count - lost);
  CHECK(sync.value("failed", 0) == 0);
  REQUIRE(engine.settle());
  REQUIRE(full.settle());
  CHECK((all_of(engine, "/calls") == all_of(full, "/calls")));
  CHECK(engine.api("/stats") == full.api("/stats"));
  CHECK((all_of(engine, "/activity") == all_of(full, "/activity")));
  CHECK(engine.api("/dead")["data"].empty());
}

TEST_CASE("a provider that answers badly for a while loses nothing") {
  ListServer provider;
  provider.lists.set_page_size(10);
  for (int n = 0; n < 40; ++n) provider.lists.add_conversation(conversation_id(n), made_conversation(n));
  provider.lists.set_fault([](const std::string& target, int nth) -> std::optional<HttpResult> {
    bool first = nth == 1;
    if (first && target.find("conv_000003") != std::string::npos)
      return HttpResponse{429, {{"Retry-After", "1"}}, "{}"};
    if (first && target.find("conv_000004") != std::string::npos) return HttpResponse{500, {}, "oh"};
    if (first && target.find("conv_000005") != std::string::npos)
      return std::unexpected(HttpFailure{"the connection ends without a word"});
    if (first && target.find("cursor=c20") != std::string::npos) return HttpResponse{502, {}, "<html>"};
    if (target.find("conv_000007") != std::string::npos) return HttpResponse{404, {}, R"({"detail":"gone"})"};
    return std::nullopt;
  });
  EngineProcess engine("", "", provider.url());
  engine.start();
  Json sync = ended(engine, start_sync(engine).at("id"));
  INFO(dump(sync));
  CHECK(sync.value("status", "") == "done");
  CHECK(sync.value("created", 0) == 39);
  CHECK(sync.value("failed", 0) == 0);
  CHECK(sync.value("skipped", 0) == 1);
  CHECK(sync.value("reason", "").find("404") != std::string::npos);
  CHECK(engine.api("/calls?limit=200")["data"].size() == 39);
}

}  // namespace hookswitch::test
