// A state whose rows are sealed.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "engine/state/calls.h"
#include "engine/state/calls_page.h"
#include "engine/state/contacts.h"
#include "engine/state/erasures.h"
#include "engine/state/memory.h"
#include "engine/state/seen.h"
#include "engine/state/suppressions.h"
#include "engine/state/timers.h"
#include "engine/state/transcripts.h"
#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

constexpr const char* kPhone = "+40722123456";
constexpr const char* kContact = "caller:+40722123456";
constexpr const char* kName = "lead_40722123456";

std::string key(char c) { return std::string(kKeyBytes, c); }
std::shared_ptr<const Keys> keys(char newest, std::vector<std::string> retired = {}) {
  return Keys::make(key(newest), std::move(retired)).value();
}

struct SealedStore {
  TempStore place;  // for its directory
  ManualClock clock{1'700'000'000'000};
  std::unique_ptr<Store> store;

  SealedStore() { place.close(); }
  std::string dir() const { return place.dir() + "/sealed"; }
  Result<std::unique_ptr<Store>> opened(std::shared_ptr<const Keys> with) {
    store.reset();
    return Store::open({.dir = dir(), .map_bytes_initial = 16 << 20, .keys = std::move(with)}, clock);
  }
  void open(std::shared_ptr<const Keys> with) {
    auto made = opened(std::move(with));
    if (!made) FAIL(made.error().message);
    store = std::move(*made);
  }
  void write(const std::function<void(Writer&)>& fn) {
    auto done = store->write([&](Writer& writer) {
      fn(writer);
      return writer.status();
    });
    if (!done) FAIL(done.error().message);
  }
  std::string file() const {
    std::ifstream in(dir() + "/data.mdb", std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
};

// One row of each table that tells of a person.
void fill(Writer& writer) {
  Call call;
  call.set(CallField::id, std::string("call_1"));
  call.set(CallField::from, std::string(kPhone));
  REQUIRE(put_call(writer, call));
  merge_transcript(writer, "call_1", {Stamp{1, 2, 3}, R"(["my word"])"});
  REQUIRE(put_contact(writer, {{"id", kContact}, {"phones", {kPhone}}}));
  put_suppression(writer, {kPhone, "", "asked", 0, 1});
  note_dial(writer, {kPhone, "B1/L1", "call", "axn_1"}, 1'700'000'000'000, 1'700'000'000'000);
  REQUIRE(put_memory(writer, "rule", kPhone, R"("my word")"));
  set_timer(writer, {std::string("again ") + kPhone, 5, "again", R"("my word")"});
  put_seen(writer, std::string(16, 's'), {1, 2, "my word"});
  add_erasure_name(writer, "era_1", kName);
}

void check(const Reader& reader) {
  CHECK(get_call(reader, "call_1").value()->text(CallField::from) == kPhone);
  CallFilter filter;
  filter.phone = kPhone;
  CHECK(calls_page(reader, filter, "", 10).value().rows.size() == 1);
  CHECK(find_transcript(reader, "call_1")->json == R"(["my word"])");
  CHECK(find_contact(reader, kContact).has_value());
  CHECK(find_contact_by_phone(reader, kPhone).has_value());
  CHECK(contacts_page(reader, "", "", 10).value().rows.size() == 1);
  CHECK(erasure_names(reader, "era_1") == std::vector<std::string>{kName});
  CHECK(find_suppression(reader, kPhone, "B1/L1", 5).has_value());
  CHECK(count_dials(reader, {kPhone, "B1/L1", "call", "other"}, 0, INT64_MAX) == 1);
  CHECK(get_memory(reader, "rule", kPhone) == R"("my word")");
  CHECK(due_timers(reader, 5, 9).at(0).data == R"("my word")");
  CHECK(find_seen(reader, std::string(16, 's'))->reply == "my word");
  CHECK(reader.status());
}

}  // namespace

TEST_CASE("rows are sealed and read as any others, and neither they nor their keys show whose they are") {
  SealedStore sealed;
  sealed.open(keys('a'));
  sealed.write(fill);
  for (int opened = 0; opened < 2; ++opened) {
    check(*sealed.store->read().value());
    REQUIRE(sealed.store->durable_sync());
    CHECK(sealed.file().find("40722123456") == std::string::npos);
    CHECK(sealed.file().find("my word") == std::string::npos);
    sealed.open(keys('a'));
  }
  sealed.write([](Writer& writer) {
    CHECK(cancel_timer(writer, std::string("again ") + kPhone));
    CHECK(remove_suppression(writer, kPhone, ""));
    CHECK(remove_memory(writer, "rule", kPhone));
    CHECK(remove_contact(writer, kContact));
    CHECK(remove_call(writer, "call_1").value());
    forget_dials(writer, kPhone);
    forget_erasure_names(writer, "era_1");
  });
  auto reader = sealed.store->read().value();
  for (Table table : {Table::timers, Table::memory, Table::contacts, Table::call_index, Table::suppressions,
                      Table::erasure_names})
    CHECK(reader->count(table) == 0);
}

TEST_CASE("of those who share a number the first by id is found in every sealed state") {
  SealedStore sealed;
  sealed.open(keys('a'));
  sealed.write([](Writer& writer) {
    for (int i = 30; i >= 10; --i)
      REQUIRE(put_contact(writer, {{"id", std::to_string(i)}, {"phones", {kPhone}}, {"tenant", i < 13 ? "B2/L1" : ""}}));
  });
  auto reader = sealed.store->read().value();
  CHECK(find_contact_by_phone(*reader, kPhone)->at("id") == "13");
  CHECK(find_contact_by_phone(*reader, kPhone, "B2/L1")->at("id") == "10");
}

TEST_CASE("another key is refused by name, a newer one takes over, and the former is not needed any more") {
  SealedStore sealed;
  sealed.open(keys('a'));
  sealed.write(fill);
  for (auto wrong : {std::shared_ptr<const Keys>(), keys('b')}) {
    auto opened = sealed.opened(wrong);
    REQUIRE(!opened);
    CHECK(opened.error().code == Code::conflict);
    CHECK(opened.error().message.find(key_name(keys('a')->newest())) != std::string::npos);
  }
  sealed.open(keys('b', {key('a')}));
  check(*sealed.store->read().value());
  sealed.open(keys('b'));
  check(*sealed.store->read().value());
}

TEST_CASE("a state from before there was a key is read, and sealed row by row as it changes") {
  SealedStore sealed;
  sealed.open(nullptr);
  sealed.write(fill);
  sealed.open(keys('a'));
  check(*sealed.store->read().value());
  sealed.write([](Writer& writer) { merge_transcript(writer, "call_1", {Stamp{1, 9, 9}, R"(["another"])"}); });
  auto reader = sealed.store->read().value();
  CHECK(find_transcript(*reader, "call_1")->json == R"(["another"])");
  CHECK(sealed.file().find("another") == std::string::npos);
}

TEST_CASE("who was not to be called before there was a key is not called after, though nothing else was there") {
  SealedStore sealed;
  sealed.open(nullptr);
  sealed.write([](Writer& writer) { put_suppression(writer, {kPhone, "", "asked", 0, 1}); });
  sealed.open(keys('a'));
  CHECK(find_suppression(*sealed.store->read().value(), kPhone, "B1/L1", 5).has_value());
  sealed.write([](Writer& writer) { put_suppression(writer, {"+40733999888", "", "asked", 0, 1}); });
  CHECK(find_suppression(*sealed.store->read().value(), "+40733999888", "B1/L1", 5).has_value());
}

TEST_CASE("who has no key may copy the state, and read what is not sealed") {
  SealedStore sealed;
  sealed.open(keys('a'));
  sealed.write(fill);
  sealed.store.reset();
  auto locked = Store::open_to_read(sealed.dir(), sealed.clock).value();
  auto reader = locked->read().value();
  CHECK(reader->count(Table::calls) == 1);
  CHECK_FALSE(reader->get(Table::calls, "call_1"));
  CHECK(reader->status().error().code == Code::denied);
}

TEST_CASE("what get() gave stays while others are read") {
  SealedStore sealed;
  sealed.open(keys('a'));
  sealed.write([](Writer& writer) {
    for (int i = 0; i < 500; ++i)
      writer.put(Table::transcripts, std::to_string(i), std::string(1'000, char('a' + i % 26)));
  });
  auto reader = sealed.store->read().value();
  std::vector<std::string_view> views;
  for (int i = 0; i < 500; ++i) views.push_back(*reader->get(Table::transcripts, std::to_string(i)));
  for (int i = 0; i < 500; ++i) CHECK(views[i] == std::string(1'000, char('a' + i % 26)));
}

}  // namespace hookswitch
