#include "engine/state/calls_page.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "engine/base/limits.h"
#include "engine/state/cursor.h"
#include "tests/unit/state/random_call.h"
#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

Call made(const std::string& id, int64_t started_at) {
  Call call;
  call.set(CallField::id, id);
  call.set(CallField::started_at, started_at);
  return call;
}

Call random_call(Random& random, const std::string& id) {
  Call call = made(id, static_cast<int64_t>(below(random, 20)));
  call.set(CallField::tenant, fmt::format("t{}", below(random, 3)));
  call.set(CallField::agent_id, fmt::format("g{}", below(random, 3)));
  call.set(CallField::status, std::string(below(random, 2) == 0 ? "completed" : "failed"));
  call.set(CallField::from, fmt::format("+40 72{}", below(random, 3)));
  call.set(CallField::to, fmt::format("+4072{}", below(random, 3)));
  call.set(CallField::caller_name, std::string(below(random, 2) == 0 ? "Ana Pop" : "Ion"));
  return call;
}

CallFilter random_filter(Random& random) {
  CallFilter filter;
  if (below(random, 2) == 0) filter.tenant = fmt::format("t{}", below(random, 4));
  if (below(random, 2) == 0) filter.agent = fmt::format("g{}", below(random, 4));
  if (below(random, 2) == 0) filter.status = "completed";
  if (below(random, 2) == 0) filter.phone = fmt::format("40-72{}", below(random, 3));
  if (!filter.phone.empty() && below(random, 2) == 0) filter.other_phone = fmt::format("+4072{}", below(random, 4));
  if (below(random, 2) == 0) filter.from_ms = static_cast<int64_t>(below(random, 10));
  if (below(random, 2) == 0) filter.to_ms = static_cast<int64_t>(10 + below(random, 15));
  if (below(random, 3) == 0) filter.q = "aNA";
  return filter;
}

std::vector<std::string> all_ids(const Reader& reader, const CallFilter& filter, size_t limit) {
  std::vector<std::string> ids;
  std::string cursor;
  do {
    auto page = calls_page(reader, filter, cursor, limit);
    REQUIRE(page);
    CHECK(page->rows.size() <= limit);
    for (const Call& call : page->rows) ids.push_back(call.id());
    cursor = page->next_cursor;
  } while (!cursor.empty());
  return ids;
}

TEST_CASE("any filters give the calls that match, newest first, each once, in pages of any size") {
  TempStore temp;
  Random random(11);
  std::vector<Call> calls;
  for (int i = 0; i < 150; ++i) calls.push_back(random_call(random, fmt::format("call_{:03}", i)));
  temp.write([&](Writer& writer) {
    for (const Call& call : calls) REQUIRE(put_call(writer, call));
  });
  std::ranges::sort(calls, {}, [](const Call& call) { return std::pair(-call_order_ms(call), call.id()); });
  auto reader = temp.read();
  for (int i = 0; i < 200; ++i) {
    CallFilter filter = random_filter(random);
    std::vector<std::string> expected;
    for (const Call& call : calls) {
      if (matches(call, filter)) expected.push_back(call.id());
    }
    CHECK(all_ids(*reader, filter, 1 + below(random, 40)) == expected);
  }
}

TEST_CASE("a number that can be read in two ways finds the calls of both, each once, newest first") {
  TempStore temp;
  auto put = [&](const std::string& id, int64_t at_ms, const char* from, const char* to) {
    Call call = made(id, at_ms);
    call.set(CallField::from, std::string(from));
    call.set(CallField::to, std::string(to));
    temp.write([&](Writer& writer) { REQUIRE(put_call(writer, call)); });
  };
  put("a", 1, "+4940722", "+1");
  put("b", 2, "+40722", "+1");
  put("c", 3, "+40722", "+4940722");
  put("d", 4, "+40723", "+1");
  auto reader = temp.read();
  CallFilter filter;
  filter.phone = "+4940722";
  filter.other_phone = "+40722";
  for (size_t limit : {1, 2, 10}) CHECK(all_ids(*reader, filter, limit) == std::vector<std::string>{"c", "b", "a"});
}

TEST_CASE("a call that stays where it is is shown exactly once while others come, go and change") {
  TempStore temp;
  std::set<std::string> staying;
  temp.write([&](Writer& writer) {
    for (int i = 0; i < 100; ++i) {
      staying.insert(fmt::format("stay_{}", i));
      REQUIRE(put_call(writer, made(fmt::format("stay_{}", i), i % 10)));
      REQUIRE(put_call(writer, made(fmt::format("go_{}", i), i % 10)));
    }
  });
  Random random(3);
  std::multiset<std::string> shown;
  std::string cursor;
  do {
    auto page = calls_page(*temp.read(), {}, cursor, 7);
    REQUIRE(page);
    for (const Call& call : page->rows) shown.insert(call.id());
    cursor = page->next_cursor;
    temp.write([&](Writer& writer) {
      REQUIRE(remove_call(writer, page->rows.empty() ? "none"
                                  : page->rows.back().id().starts_with("go")
                                      ? page->rows.back().id()
                                      : fmt::format("go_{}", below(random, 100))));
      REQUIRE(put_call(writer, made(fmt::format("new_{}", random()), static_cast<int64_t>(below(random, 10)))));
    });
  } while (!cursor.empty());
  for (const std::string& id : staying) CHECK(shown.count(id) == 1);
}

TEST_CASE("a page that had to look at too many rows comes back short and goes on where it stopped") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (size_t i = 0; i <= limits::kRowsExamined; ++i) {
      Call call = made(fmt::format("call_{:05}", i), 1);
      if (i == limits::kRowsExamined) call.set(CallField::summary, std::string("the needle"));
      REQUIRE(put_call(writer, call));
    }
  });
  CallFilter filter;
  filter.q = "NEEDLE";
  auto reader = temp.read();
  auto page = calls_page(*reader, filter, "", 10);
  REQUIRE(page);
  CHECK(page->rows.empty());
  REQUIRE_FALSE(page->next_cursor.empty());
  page = calls_page(*reader, filter, page->next_cursor, 10);
  REQUIRE(page);
  CHECK(page->rows.size() == 1);
  CHECK(page->next_cursor.empty());
}

TEST_CASE("a cursor that hides its place leads to it, in its own listing alone, and does not hold it") {
  std::string hidden = encode_hidden_cursor("calls", "+40721234567");
  CHECK(decode_cursor("calls", hidden).value() == "+40721234567");
  CHECK_FALSE(decode_cursor("tasks", hidden));
  CHECK_FALSE(decode_cursor("calls", hidden.substr(0, hidden.size() - 4)));
  CHECK(encode_hidden_cursor("calls", "+40721234567") != hidden);
}

TEST_CASE("a cursor that was made up, damaged or is of another listing is invalid") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (int i = 0; i < 3; ++i) REQUIRE(put_call(writer, made(std::to_string(i), i)));
  });
  auto reader = temp.read();
  std::string good = calls_page(*reader, {}, "", 1)->next_cursor;
  CHECK(calls_page(*reader, {}, good, 1));
  CallFilter other;
  other.tenant = "t";
  CHECK(calls_page(*reader, other, good, 1).error().code == Code::invalid);
  std::string damaged = good;
  damaged[5] = damaged[5] == 'A' ? 'B' : 'A';
  for (const std::string& bad : {std::string("x"), std::string("not a cursor!"), damaged, good + "AA"}) {
    CHECK(calls_page(*reader, {}, bad, 1).error().code == Code::invalid);
  }
}

TEST_CASE("a page's limit is brought into its bounds") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (size_t i = 0; i < limits::kPageRows + 5; ++i) REQUIRE(put_call(writer, made(std::to_string(i), 0)));
  });
  CHECK(calls_page(*temp.read(), {}, "", 0)->rows.size() == 1);
  CHECK(calls_page(*temp.read(), {}, "", 100'000)->rows.size() == limits::kPageRows);
}

}  // namespace
}  // namespace hookswitch
