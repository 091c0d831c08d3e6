// Pages of somebody who is bound to a tenant: neither their rows nor their cursors say anything of other tenants'.
#include "engine/base/limits.h"
#include "engine/state/agents.h"
#include "engine/state/calls.h"
#include "engine/state/contacts.h"
#include "engine/state/kpis.h"
#include "engine/state/local_time.h"
#include "engine/state/suppressions.h"
#include "engine/state/tasks.h"
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

constexpr size_t kMany = limits::kRowsExamined + 10;  // more than one page looks at
constexpr const char* kSecret = "4072555";            // is in every foreign id

std::string bytes_of(const std::string& cursor) {
  static const std::string kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (char letter : cursor) {
    bits = bits << 6 | static_cast<uint32_t>(kLetters.find(letter));
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 255);
  }
  return out;
}

/// What the bound caller sees of a list from its first page to its last; no cursor on the way may name a foreign row.
std::vector<Json> all_pages(ApiFixture& fixture, const std::string& target) {
  std::vector<Json> rows;
  std::string cursor;
  do {
    Reply reply = fixture.get(target + (cursor.empty() ? "" : "&cursor=" + cursor), "bound");
    INFO(target << " " << reply.text);
    REQUIRE(reply.status == 200);
    for (const Json& row : reply.json["data"]) rows.push_back(row);
    cursor = reply.json["next_cursor"].is_null() ? "" : reply.json["next_cursor"];
    CHECK(bytes_of(cursor).find(kSecret) == std::string::npos);
  } while (!cursor.empty());
  return rows;
}

std::string phone(size_t n) { return fmt::format("+{}{:05}", kSecret, n); }

}  // namespace

TEST_CASE("a page of contacts or agents is full of one's own and goes on behind one's own") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    for (size_t n = 0; n < 40; ++n) {
      bool own = n % 10 == 0;
      Json row{{"id", own ? fmt::format("+{}", n) : phone(n)}, {"tenant", own ? "B1/L1" : "B2/L1"}};
      REQUIRE(put_contact(writer, row));
      REQUIRE(put_agent(writer, row));
    }
  });
  for (const char* list : {"/api/v1/contacts", "/api/v1/agents"}) {
    CHECK(all_pages(fixture, std::string(list) + "?limit=1").size() == 4);
    Reply page = fixture.get(std::string(list) + "?limit=3", "bound");
    CHECK(page.json["data"].size() == 3);
  }
}

TEST_CASE("of the names of KPIs nobody learns those that only others have") {
  ApiFixture fixture;
  const int64_t hour_ms = LocalZone::utc().start_of(Period::hour, kNow);
  fixture.write([&](Writer& writer) {
    for (const char* own : {"booked", "calls"}) add_kpi(writer, {own, "B1/L1", hour_ms}, "", {1, false});
    for (size_t n = 0; n < 30; ++n) add_kpi(writer, {phone(n), "B2/L1", hour_ms}, "", {1, false});
    add_kpi(writer, {"calls", "B2/L1", hour_ms}, "", {1, false});
  });
  CHECK(all_pages(fixture, "/api/v1/kpis?limit=1").size() == 2);
  Reply page = fixture.get("/api/v1/kpis?limit=1", "bound");
  CHECK(page.json["data"][0]["name"] == "booked");
  for (const char* range : {"from=2025-02-15&to=2025-02-14", "name=calls&from=2025-02-15&to=2025-02-14"}) {
    Reply empty = fixture.get("/api/v1/kpis?" + std::string(range), "bound");
    CHECK(empty.status == 400);
    CHECK(empty.text.find(kSecret) == std::string::npos);
  }
}

TEST_CASE("where a page had to stop among foreign rows, its cursor goes on there and cannot be read") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    for (size_t n = 0; n < kMany; ++n) {
      REQUIRE(put_contact(writer, Json{{"id", phone(n)}, {"tenant", "B2/L1"}}));
      put_suppression(writer, {phone(n), "B2/L1", "", 0, kNow});
      Task task;
      task.id = phone(n);
      task.tenant = "B2/L1";
      task.created_ms = kNow;
      put_task(writer, task);
    }
    REQUIRE(put_contact(writer, Json{{"id", "own"}, {"tenant", "B1/L1"}}));
    put_suppression(writer, {"+99", "B1/L1", "", 0, kNow});
    Task own;
    own.id = "own";
    own.tenant = "B1/L1";
    own.created_ms = kNow - 1;
    put_task(writer, own);
  });
  for (const char* list : {"contacts", "suppressions", "tasks"}) {
    INFO(list);
    CHECK(all_pages(fixture, fmt::format("/api/v1/{}?limit=10", list)).size() == 1);
  }
}

TEST_CASE("a page of calls that stopped among foreign ones says nothing of them") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    auto put = [&](const std::string& id, const std::string& tenant, const std::string& disposition, int64_t at_ms) {
      Call call;
      call.set(CallField::id, id);
      call.set(CallField::tenant, tenant);
      call.set(CallField::disposition, disposition);
      call.set(CallField::started_at, at_ms);
      REQUIRE(put_call(writer, call));
    };
    for (size_t n = 0; n < 300; ++n) put(fmt::format("own{}", n), "B1/L1", "escalated", kNow);
    for (size_t n = 0; n < kMany; ++n) put(phone(n), "B2/L1", "resolved", kNow);
    put("own", "B1/L1", "resolved", kNow - 1);
  });
  CHECK(all_pages(fixture, "/api/v1/calls?limit=10&disposition=resolved").size() == 1);
}
