// Erasing records from a log: others stay, sequences and times too, blobs go when nobody names them.
#include <filesystem>

#include "engine/log/blobs.h"
#include "engine/log/format.h"
#include "engine/log/store.h"
#include "tests/unit/log/log_fixture.h"

using namespace hookswitch;

namespace {

std::optional<NewRecord> erase_ana(const RecordView& record) {
  if (record.body.find("Ana") == std::string_view::npos) return std::nullopt;
  return erased_record(record);
}

void redact(Log& log, const Log::Judge& judge, std::vector<uint64_t>* seqs = nullptr) {
  const uint64_t end = log.last_seq() + 1;
  for (uint64_t next = 1; next < end;) {
    auto step = log.redact_step(next, end, judge);
    REQUIRE(step);
    REQUIRE(step->next_seq > next);
    next = step->next_seq;
    if (seqs != nullptr) seqs->insert(seqs->end(), step->seqs.begin(), step->seqs.end());
  }
}

}  // namespace

TEST_CASE("an erased record keeps sequence, kind, source and time, and nothing else") {
  for (bool sealed : {false, true}) {
    LogFixture f;
    if (sealed) f.options.keys = Keys::make(std::string(kKeyBytes, 'k')).value();
    f.open();
    f.add("Mihai");
    NewRecord record = LogFixture::record("Ana said", kNow + 5);
    record.headers = {{":path", "/ana"}};
    record.key_hash = 9;
    f.added(std::move(record));
    f.add("Ion", kNow + 6);
    std::vector<uint64_t> seqs;
    redact(*f.log, erase_ana, &seqs);
    CHECK(seqs == std::vector<uint64_t>{2});
    for (int opened = 0; opened < 2; ++opened) {
      CHECK(f.bodies() == Bodies{"Mihai", "", "Ion"});
      REQUIRE(f.log->read(2, 1, [](const RecordView& left) {
        CHECK(left.seq == 2);
        CHECK(left.erased);
        CHECK(left.time_ms == kNow + 5);
        CHECK(left.source == "twilio");
        CHECK(left.key_hash == 0);
        CHECK(left.headers().empty());
        return true;
      }));
      f.open();
    }
    CHECK(f.add("next", kNow + 7) == 4);
    std::vector<uint64_t> again;
    redact(*f.log, erase_ana, &again);
    CHECK(again.empty());
  }
}

TEST_CASE("a record may be left with less in it") {
  LogFixture f;
  f.open();
  f.add("Ana, Ion");
  redact(*f.log, [](const RecordView& record) -> std::optional<NewRecord> {
    if (record.body != "Ana, Ion") return std::nullopt;
    NewRecord left = LogFixture::record("Ion");
    left.headers = {{":name", "list"}};
    return left;
  });
  REQUIRE(f.log->read(1, 1, [](const RecordView& record) {
    CHECK(record.body == "Ion");
    CHECK(record.header(":name") == "list");
    CHECK_FALSE(record.erased);
    return true;
  }));
}

TEST_CASE("a blob goes with the last record that names it") {
  LogFixture f;
  f.open();
  auto blobs = Blobs::open(f.options.blob_dir).value();
  std::string name;
  for (const char* header : {"Ana", "Ion"}) {
    auto writer = blobs->create().value();
    REQUIRE(writer->write("the same words"));
    NewRecord record = LogFixture::record("");
    record.blob_bytes = writer->bytes();
    name = record.blob = writer->finish().value();
    record.headers = {{"who", header}};
    f.added(std::move(record));
  }
  auto erase = [](std::string who) {
    return [who](const RecordView& record) -> std::optional<NewRecord> {
      if (record.header("who") != who) return std::nullopt;
      return erased_record(record);
    };
  };
  redact(*f.log, erase("Ana"));
  CHECK(std::filesystem::exists(blobs->path(name)));
  redact(*f.log, erase("Ion"));
  CHECK_FALSE(std::filesystem::exists(blobs->path(name)));
}

TEST_CASE("a log is erased in bounded steps, while more is appended") {
  LogFixture f;
  f.open();
  const uint64_t count = limits::kRedactGroups + 10;
  for (uint64_t i = 0; i < count; ++i) f.add(i % 2 == 0 ? "Ana" : "Ion");
  auto step = f.log->redact_step(1, count + 1, erase_ana);
  REQUIRE(step);
  CHECK(step->next_seq == limits::kRedactGroups + 1);
  f.add("Ana");  // behind the end that was named
  step = f.log->redact_step(step->next_seq, count + 1, erase_ana);
  REQUIRE(step);
  CHECK(step->next_seq == count + 1);
  const Bodies bodies = f.bodies();
  CHECK(bodies.front() == "");
  CHECK(bodies[1] == "Ion");
  CHECK(bodies.back() == "Ana");
}

TEST_CASE("who copied a log sees whether something was erased since") {
  LogFixture f;
  f.open();
  f.add("Ana");
  f.add("Ion");
  const auto rewritten = [&] { return LogStore::open_to_read(f.options.dir).value()->rewritten().value(); };
  CHECK(rewritten() == 0);
  redact(*f.log, erase_ana);
  const uint64_t once = rewritten();
  CHECK(once != 0);
  f.add("Ana");
  redact(*f.log, [](const RecordView&) { return std::nullopt; });
  CHECK(rewritten() == once);
  redact(*f.log, erase_ana);
  CHECK(rewritten() != once);
}
