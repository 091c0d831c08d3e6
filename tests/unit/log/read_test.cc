#include "tests/unit/log/log_fixture.h"

using namespace hookswitch;

namespace {

Bodies backwards(const Log& log, uint64_t from, size_t count = SIZE_MAX) {
  Bodies out;
  auto read = log.read_backwards(from, count, [&](const RecordView& record) {
    out.emplace_back(record.body);
    return true;
  });
  REQUIRE(read);
  return out;
}

/// Groups of 3, 1 and 2 records, at 100, 100, 200 | 200 | 300, 300.
void add_six(LogFixture& f) {
  f.options.slow_sync_us = 1'000;
  f.open();
  const int64_t times[] = {100, 100, 200, 200, 300, 300};
  for (int i = 0; i < 6; ++i) {
    NewRecord record = LogFixture::record(std::string(1, static_cast<char>('a' + i)), times[i]);
    REQUIRE(f.log->append(record, [](Result<uint64_t>) {}));
    if (i == 2 || i == 3) f.log->wait_beyond(static_cast<uint64_t>(i), 20'000);
  }
  f.log->wait_beyond(5, 20'000);
}

}  // namespace

TEST_CASE("reading starts anywhere, goes either way, and stops where it is told") {
  LogFixture f;
  add_six(f);
  CHECK(f.bodies() == Bodies{"a", "b", "c", "d", "e", "f"});
  CHECK(f.bodies(0, 2) == Bodies{"a", "b"});
  CHECK(f.bodies(2, 3) == Bodies{"b", "c", "d"});
  CHECK(f.bodies(6) == Bodies{"f"});
  CHECK(f.bodies(7).empty());
  CHECK(f.bodies(1, 0).empty());
  CHECK(backwards(*f.log, 0, 2) == Bodies{"f", "e"});
  CHECK(backwards(*f.log, 3) == Bodies{"c", "b", "a"});
  CHECK(backwards(*f.log, 99, 1) == Bodies{"f"});
  size_t seen = 0;
  CHECK(f.log->read(1, 10, [&](const RecordView&) { return ++seen < 2; }).value() == 2);
}

TEST_CASE("an empty log reads as nothing") {
  LogFixture f;
  f.open();
  CHECK(f.bodies().empty());
  CHECK(backwards(*f.log, 0).empty());
  CHECK(f.log->seq_at(0).value() == 1);
}

TEST_CASE("a time leads to the first record that arrived then or later") {
  LogFixture f;
  add_six(f);
  const std::pair<int64_t, uint64_t> cases[] = {{0, 1}, {100, 1}, {101, 3}, {200, 3}, {201, 5}, {300, 5}, {301, 7}};
  for (const auto& [time, seq] : cases) {
    INFO(time);
    CHECK(f.log->seq_at(time).value() == seq);
  }
}
