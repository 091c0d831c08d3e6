#include <filesystem>

#include "engine/base/limits.h"
#include "engine/log/blobs.h"
#include "tests/unit/log/log_fixture.h"

using namespace hookswitch;

namespace {

void trim_all(Log& log) {
  for (;;) {
    auto more = log.trim_step();
    if (!more) FAIL(more.error().message);
    if (!*more) return;
  }
}

std::string add_blob(LogFixture& f, Blobs& blobs, const std::string& body, int64_t time_ms) {
  auto writer = blobs.create().value();
  REQUIRE(writer->write(body));
  NewRecord record = f.record("", time_ms);
  record.blob = writer->finish().value();
  record.blob_bytes = body.size();
  f.added(record);
  return record.blob;
}

}  // namespace

TEST_CASE("nothing is trimmed until the processor has said how far it came") {
  LogFixture f;
  f.options.keep_ms = 1'000;
  f.options.keep_bytes = 1;
  f.open();
  for (int i = 0; i < 5; ++i) f.add("x", 0);
  trim_all(*f.log);
  CHECK(f.log->stats().first_seq == 1);
}

TEST_CASE("a log remembers that a state has processed records of it") {
  LogFixture f;
  f.open();
  f.add("x");
  f.log->keep_from(1);
  f.add("y");
  CHECK_FALSE(f.log->stats().processed);
  f.log->keep_from(2);
  f.add("z");
  f.add("it is noted between two commits");
  CHECK(f.log->stats().processed);
  f.open();
  CHECK(f.log->stats().processed);
}

TEST_CASE("trimming by age takes what is old, never at or beyond keep_from, never the newest group") {
  LogFixture f;
  f.options.keep_ms = 1'000;
  f.open();
  for (int64_t age : {5'000, 4'000, 1'001, 1'000, 10}) f.add("x", kNow - age);
  f.log->keep_from(2);
  trim_all(*f.log);
  CHECK(f.log->stats().first_seq == 2);
  f.log->keep_from(6);
  trim_all(*f.log);
  CHECK(f.log->stats().first_seq == 4);
  CHECK(f.bodies(1).size() == 2);
  CHECK(f.log->read_backwards(1, 9, [](const RecordView&) { return true; }).value() == 0);
  f.clock.advance_ms(1'000'000);
  trim_all(*f.log);
  CHECK(f.log->stats().first_seq == 5);
  f.open();
  CHECK(f.add("next") == 6);
}

TEST_CASE("trimming by age stops at what is to be kept however old it is, trimming by size does not") {
  LogFixture f;
  f.options.keep_ms = 1'000;
  const bool by_size = GENERATE(false, true);
  if (by_size) f.options.keep_bytes = 1;
  f.open();
  f.log->keep_aged_from(3);
  for (int i = 0; i < 5; ++i) f.add("x", kNow - 5'000);
  f.add("new");
  f.log->keep_from(7);
  trim_all(*f.log);
  CHECK(f.log->stats().first_seq == (by_size ? 6 : 3));
  f.log->keep_aged_from(UINT64_MAX);
  trim_all(*f.log);
  CHECK(f.log->stats().first_seq == 6);
}

TEST_CASE("trimming by size takes the oldest, a bounded number a step") {
  LogFixture f;
  f.options.keep_bytes = 40 * 4'096;
  f.open();
  const uint64_t groups = limits::kTrimGroupsPerStep + 60;
  for (uint64_t i = 0; i < groups; ++i) f.add(std::string(3'500, 'x'));
  f.log->keep_from(groups + 1);
  // The committer trims too when it is idle, so only what holds whoever came first is asked.
  trim_all(*f.log);
  const LogStats stats = f.log->stats();
  CHECK(stats.first_seq > groups - 45);
  CHECK(stats.first_seq < groups - 30);
}

TEST_CASE("the committer trims by itself") {
  LogFixture f;
  f.options.keep_ms = 1'000;
  f.open();
  f.add("old", 0);
  f.add("new");
  f.log->keep_from(3);
  for (int i = 0; i < 300; ++i) f.add("x");
  CHECK(f.log->stats().first_seq > 1);
}

TEST_CASE("a blob goes with the last record that names it, not before") {
  LogFixture f;
  f.options.keep_ms = 1'000;
  f.open();
  auto blobs = Blobs::open(f.options.blob_dir).value();
  const std::string once = add_blob(f, *blobs, "once", 0);
  const std::string twice = add_blob(f, *blobs, "twice", 0);
  CHECK(add_blob(f, *blobs, "twice", kNow) == twice);
  f.log->keep_from(4);
  trim_all(*f.log);
  CHECK(f.log->stats().first_seq == 3);
  CHECK_FALSE(std::filesystem::exists(blobs->path(once)));
  CHECK(blobs->read(twice).value() == "twice");
  f.add("newer", kNow);
  f.clock.advance_ms(5'000);
  f.log->keep_from(5);
  trim_all(*f.log);
  CHECK_FALSE(std::filesystem::exists(blobs->path(twice)));
}

TEST_CASE("a blob that somebody else needs outlives the records that name it") {
  LogFixture f;
  f.options.keep_ms = 1'000;
  std::string held;
  f.options.holds_blob = [&held](std::string_view blob) { return blob == held; };
  f.open();
  auto blobs = Blobs::open(f.options.blob_dir).value();
  const std::string kept = add_blob(f, *blobs, "kept", 0);
  const std::string other = add_blob(f, *blobs, "other", 0);
  held = kept;
  f.add("new");
  f.log->keep_from(4);
  trim_all(*f.log);
  CHECK(f.log->stats().first_seq == 3);
  CHECK(blobs->read(kept).value() == "kept");
  CHECK_FALSE(std::filesystem::exists(blobs->path(other)));
}

TEST_CASE("a record whose blob is missing is refused, and those beside it are not") {
  LogFixture f;
  f.open();
  NewRecord record = f.record("");
  record.blob = std::string(64, 'a');
  auto refused = f.log->append_and_wait(record);
  CHECK(refused.error().code == Code::unavailable);
  CHECK(f.add("x") == 1);
}

TEST_CASE("bodies of no byte, one and ten million go through a blob unchanged") {
  LogFixture f;
  f.open();
  auto blobs = Blobs::open(f.options.blob_dir).value();
  for (size_t size : {size_t{0}, size_t{1}, size_t{10'000'000}}) {
    const std::string body(size, 'b');
    const std::string name = add_blob(f, *blobs, body, kNow);
    CHECK(blobs->read(name).value() == body);
    uint64_t bytes = 1;
    REQUIRE(f.log->read(f.log->last_seq(), 1, [&](const RecordView& record) {
      CHECK(record.blob == name);
      bytes = record.blob_bytes;
      return true;
    }));
    CHECK(bytes == size);
  }
}

TEST_CASE("a body that is given up, or left by a crash, leaves no file; a changed one is noticed") {
  LogFixture f;
  auto blobs = Blobs::open(f.options.blob_dir).value();
  {
    REQUIRE(blobs->create().value()->write("given up"));
  }
  CHECK(std::filesystem::is_empty(f.options.blob_dir + "/tmp"));
  auto left = blobs->create().value();
  REQUIRE(left->write("left"));
  blobs = Blobs::open(f.options.blob_dir).value();
  CHECK(std::filesystem::is_empty(f.options.blob_dir + "/tmp"));
  auto writer = blobs->create().value();
  REQUIRE(writer->write("whole"));
  const std::string name = writer->finish().value();
  std::filesystem::resize_file(blobs->path(name), 3);
  CHECK(blobs->read(name).error().code == Code::corrupt);
  REQUIRE(blobs->remove(name));
  CHECK(blobs->read(name).error().code == Code::not_found);
  CHECK(blobs->read("../x").error().code == Code::invalid);
  CHECK(blobs->path("../x") == "");
}
