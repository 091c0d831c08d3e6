#include "engine/state/shares.h"

#include <catch2/catch.hpp>

#include "engine/state/activity.h"
#include "tests/unit/state/random_call.h"
#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

constexpr int64_t kHourMs = 3'600'000;

Share random_share(Random& random, const SharePlace& place) {
  Share share;
  share.rule = fmt::format("rule{}", below(random, 3));
  if (below(random, 2) == 0) share.event = std::string(16, static_cast<char>(random()));
  share.tenant = place.tenant;
  share.anchor_ms = place.anchor_ms;
  share.hour_ms = place.zone.start_of(Period::hour, place.anchor_ms);
  for (uint64_t i = below(random, 3); i > 0; --i) {
    auto dimensions = *encode_dimensions({{"d", std::to_string(below(random, 2))}});
    share.kpis.push_back({"calls", dimensions, {static_cast<int64_t>(random()), below(random, 2) == 0}});
  }
  share.activities.push_back(fmt::format("act_{}", random()));
  return share;
}

SharePlace random_place(Random& random) {
  LocalZone zone = *LocalZone::find(below(random, 2) == 0 ? "Asia/Kolkata" : "Europe/Bucharest");
  auto anchor = static_cast<int64_t>(below(random, 100)) * kHourMs / 7;
  return {fmt::format("t{}", below(random, 3)), fmt::format("call_{}", below(random, 3)), anchor, zone};
}

void put_all(Writer& writer, const Shares& shares, const SharePlace& place) {
  for (const Share& share : shares) {
    add_share(writer, share);
    for (const std::string& id : share.activities) put_activity(writer, {id, place.tenant, place.call_id, 5, "{}"});
  }
}

TEST_CASE("shares moved from place to place end as if they had been there from the beginning") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Random random(seed);
    INFO("seed " << seed);
    TempStore moved, direct;
    SharePlace first = random_place(random), last = random_place(random);
    Shares shares;
    for (int i = 0; i < 6; ++i) shares.push_back(random_share(random, first));
    moved.write([&](Writer& writer) {
      put_all(writer, shares, first);
      for (int i = 0; i < 4; ++i) move_shares(writer, shares, random_place(random));
      move_shares(writer, shares, last);
      CHECK_FALSE(move_shares(writer, shares, last));
    });
    for (const Share& share : shares) CHECK(share.tenant == last.tenant);
    direct.write([&](Writer& writer) { put_all(writer, shares, last); });
    for (Table table : {Table::kpis, Table::activity}) {
      CHECK(dump_table(*moved.read(), table) == dump_table(*direct.read(), table));
    }
  }
}

TEST_CASE("withdrawing a rule takes away what it said of the whole call, and nothing else") {
  TempStore temp;
  Share whole{"outcome", "", "t", 0, 0, {{"calls", "", {1, true}}}, {"a1"}};
  Share of_event{"outcome", std::string(16, 'e'), "t", 0, 0, {{"calls", "", {5, false}}}, {"a2"}};
  Share of_other{"other", "", "t", 0, 0, {{"calls", "", {7, false}}}, {}};
  Shares shares{whole, of_event, of_other};
  temp.write([&](Writer& writer) {
    put_all(writer, shares, {"t", "call_1", 0, LocalZone::utc()});
    CHECK(withdraw_rule(writer, shares, "outcome") == 1);
    CHECK(withdraw_rule(writer, shares, "outcome") == 0);
    CHECK_FALSE(find_activity(writer, "a1"));
    CHECK(find_activity(writer, "a2"));
    for (const Share& share : shares) withdraw_share(writer, share);
  });
  CHECK(shares == Shares{of_event, of_other});
  CHECK(temp.read()->count(Table::kpis) == 0);
  CHECK(temp.read()->count(Table::activity) == 0);
}

TEST_CASE("a call's shares come back as they were stored, and damaged ones are refused") {
  TempStore temp;
  Random random(2);
  Shares shares;
  for (int i = 0; i < 20; ++i) shares.push_back(random_share(random, random_place(random)));
  temp.write([&](Writer& writer) { store_shares(writer, "call_1", shares); });
  CHECK(*load_shares(*temp.read(), "call_1") == shares);
  CHECK(load_shares(*temp.read(), "call_2")->empty());
  std::string row = encode_shares(shares);
  for (size_t size = 0; size < row.size(); size += 3) CHECK_FALSE(decode_shares(row.substr(0, size)));
  CHECK_FALSE(decode_shares(row + "x"));
  for (int i = 0; i < 300; ++i) {
    std::string damaged = row;
    damaged[below(random, row.size())] ^= 0x81;
    (void)decode_shares(damaged);  // whatever it says, it reads nothing outside the row
  }
  temp.write([&](Writer& writer) { store_shares(writer, "call_1", {}); });
  CHECK(temp.read()->count(Table::shares) == 0);
}

TEST_CASE("the feed shows the newest first, of all or of one tenant, each entry once") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (int i = 0; i < 30; ++i) {
      put_activity(writer, {fmt::format("a{:02}", i), i % 3 == 0 ? "t1" : i % 3 == 1 ? "t2" : "", "", i / 2, "{}"});
    }
    put_activity(writer, {"a00", "t2", "call_9", 99, R"({"kind":"k","id":"forged"})"});
    CHECK(remove_activity(writer, "a01"));
    CHECK_FALSE(remove_activity(writer, "a01"));
  });
  auto reader = temp.read();
  for (const char* tenant : {"", "t1", "t2"}) {
    std::vector<Activity> shown;
    std::string cursor;
    do {
      auto page = activity_page(*reader, tenant, cursor, 4);
      REQUIRE(page);
      for (Activity& entry : page->rows) shown.push_back(std::move(entry));
      cursor = page->next_cursor;
    } while (!cursor.empty());
    CHECK(shown.size() == (*tenant == 0 ? 29U : tenant == std::string("t1") ? 9U : 10U));
    for (size_t i = 1; i < shown.size(); ++i) CHECK(shown[i - 1].time_ms >= shown[i].time_ms);
  }
  auto first = activity_page(*reader, "t2", "", 1)->rows.front().to_json();
  CHECK(first ==
        Json{{"id", "a00"}, {"tenant", "t2"}, {"call", "call_9"}, {"kind", "k"}, {"time", "1970-01-01T00:00:00.099Z"}});
  auto cursor = activity_page(*reader, "t2", "", 1)->next_cursor;
  CHECK(activity_page(*reader, "t1", cursor, 1).error().code == Code::invalid);
}

}  // namespace
}  // namespace hookswitch
