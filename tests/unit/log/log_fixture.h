// A log in a directory of its own, and what the tests do with it again and again.
#pragma once

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/log/log.h"
#include "tests/unit/lmdb/scratch_dir.h"

namespace hookswitch {

constexpr int64_t kNow = 1'700'000'000'000;

struct LogFixture {
  ScratchDir dir;
  ManualClock clock{kNow};
  LogOptions options = default_options();
  std::unique_ptr<Log> log;

  LogOptions default_options() {
    LogOptions out;
    out.dir = dir / "log";
    out.blob_dir = dir / "blobs";
    out.extend_bytes = 1 << 20;
    return out;
  }

  Log& open() {
    log.reset();
    auto opened = Log::open(options, clock);
    if (!opened) FAIL(opened.error().message);
    log = std::move(*opened);
    return *log;
  }

  uint64_t add(const std::string& body, int64_t time_ms = kNow) { return added(record(body, time_ms)); }

  uint64_t added(NewRecord record) {
    auto seq = log->append_and_wait(std::move(record));
    if (!seq) FAIL(seq.error().message);
    return *seq;
  }

  static NewRecord record(std::string body, int64_t time_ms = kNow) {
    NewRecord out;
    out.time_ms = time_ms;
    out.source = "twilio";
    out.body = std::move(body);
    return out;
  }

  std::vector<std::string> bodies(uint64_t from = 1, size_t count = SIZE_MAX) const {
    std::vector<std::string> out;
    auto read = log->read(from, count, [&](const RecordView& record) {
      out.emplace_back(record.body);
      return true;
    });
    REQUIRE(read);
    CHECK(*read == out.size());
    return out;
  }
};

using Bodies = std::vector<std::string>;

}  // namespace hookswitch
