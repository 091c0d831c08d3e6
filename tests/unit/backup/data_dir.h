// A data directory with a log, large bodies and a state, as an engine that stopped leaves it.
#pragma once

#include <catch2/catch.hpp>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "engine/backup/backup.h"
#include "engine/backup/restore.h"
#include "engine/base/clock.h"
#include "engine/log/blobs.h"
#include "engine/log/log.h"
#include "engine/state/position.h"
#include "engine/state/recordings.h"
#include "engine/state/store.h"
#include "tests/support/temp_dir.h"

namespace hookswitch::test {

constexpr int64_t kNow = 1'700'000'000'000;

template <class T>
T expect(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

inline void flip_byte(const std::string& file, uint64_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(stream.get() ^ 1);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
}

class DataDir {
 public:
  std::string path(const std::string& below = "") const { return dir_.path() + "/data" + below; }
  std::string backup_path(const std::string& name = "backup") const { return dir_.path() + "/" + name; }
  const ManualClock& clock() const { return clock_; }

  /// Appends records, one group each, whose bodies are "<prefix> <sequence>"; the state has processed all of them.
  void append(size_t count, const std::string& prefix = "body") {
    auto log = open_log();
    for (size_t i = 0; i < count; ++i) {
      const uint64_t seq = log->last_seq() + 1;
      const auto time_ms = kNow + static_cast<int64_t>(seq + 100 * prefix.size());
      NewRecord record{.time_ms = time_ms, .source = "twilio"};
      record.body = prefix + " " + std::to_string(seq);
      expect(log->append_and_wait(std::move(record)));
    }
    process(log->last_seq());
  }

  /// Appends many records that wait together, so that they make large groups.
  void append_together(size_t count) {
    auto log = open_log();
    for (size_t i = 0; i < count; ++i) {
      NewRecord record{.time_ms = kNow, .source = "twilio", .body = std::string(100, 'x')};
      REQUIRE(log->append(record, [](Result<uint64_t>) {}));
    }
    log->stop();
    process(log->last_seq());
  }

  /// Appends a record whose body is a file; returns its name. That of a result is a recording.
  std::string append_large(const std::string& body, RecordKind kind = RecordKind::delivery) {
    auto blobs = expect(Blobs::open(path("/blobs")));
    auto writer = expect(blobs->create());
    REQUIRE(writer->write(body));
    const std::string name = expect(writer->finish());
    auto log = open_log();
    NewRecord record{
        .kind = kind, .time_ms = kNow + 1'000, .source = "elevenlabs", .blob = name, .blob_bytes = body.size()};
    if (kind == RecordKind::result) record.headers = {{":name", "recording"}, {":call", "call_9"}};
    process(expect(log->append_and_wait(std::move(record))));
    return name;
  }

  void process(uint64_t seq) {
    auto store = expect(Store::open({.dir = path("/state")}, clock_));
    REQUIRE(store->write([&](Writer& writer) {
      put_position(writer, seq);
      return writer.status();
    }));
    REQUIRE(store->durable_sync());
  }

  /// From the log, as an erasure does.
  void erase(uint64_t seq) {
    auto log = open_log();
    expect(log->redact_step(seq, seq + 1, [](const RecordView& record) { return erased_record(record); }));
  }

  /// The row of a call's recording.
  void put(const Recording& recording) {
    auto store = expect(Store::open({.dir = path("/state")}, clock_));
    REQUIRE(store->write([&](Writer& writer) {
      put_recording(writer, recording);
      return writer.status();
    }));
  }

  /// Changes the state, but not its position.
  void note(const std::string& text) {
    auto store = expect(Store::open({.dir = path("/state")}, clock_));
    REQUIRE(store->write([&](Writer& writer) {
      writer.put(Table::rule_versions, "note", text);
      return writer.status();
    }));
    REQUIRE(store->durable_sync());
  }
  std::string note_in(const std::string& target) const {
    auto store = expect(Store::open({.dir = dir_.path() + "/" + target + "/state"}, clock_));
    return std::string(expect(store->read())->get(Table::rule_versions, "note").value_or(""));
  }

  Result<BackupSummary> back_up(const std::string& to = "backup", uint64_t segment_bytes = 4'096,
                                const Backup::GoOn& go_on = {}) const {
    return Backup({.data_dir = path(),
                   .dest = backup_path(to),
                   .clock = clock_,
                   .made_by = "test",
                   .segment_bytes = segment_bytes})
        .run(go_on);
  }

  Result<Restore::Staged> restore(const std::string& target, std::optional<uint64_t> to_seq = {}, bool force = false,
                                  const std::string& from = "backup") const {
    Restore restore(
        {.source = backup_path(from), .data_dir = dir_.path() + "/" + target, .to_seq = to_seq, .force = force});
    auto staged = restore.stage();
    if (!staged) return staged;
    if (auto placed = restore.put_in_place(); !placed) return std::unexpected(placed.error());
    return staged;
  }

  std::vector<std::string> bodies(const std::string& target) const {
    auto log = expect(Log::open_to_read(dir_.path() + "/" + target + "/log"));
    auto blobs = Blobs::open_to_read(dir_.path() + "/" + target + "/blobs");
    std::vector<std::string> out;
    auto read = log->read(1, SIZE_MAX, [&](const RecordView& record) {
      out.push_back(record.blob.empty() ? std::string(record.body) : expect(blobs->read(record.blob)));
      return true;
    });
    REQUIRE(read);
    return out;
  }

  uint64_t position(const std::string& target) const {
    auto store = expect(Store::open({.dir = dir_.path() + "/" + target + "/state"}, clock_));
    auto reader = expect(store->read());
    return read_position(*reader);
  }

  std::string other(const std::string& below) const { return dir_.path() + "/" + below; }

 private:
  std::unique_ptr<Log> open_log() {
    LogOptions options{.dir = path("/log"), .blob_dir = path("/blobs")};
    options.extend_bytes = 0;
    return expect(Log::open(std::move(options), clock_));
  }

  TempDir dir_;
  ManualClock clock_{kNow};
};

}  // namespace hookswitch::test
