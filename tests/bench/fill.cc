// Fills the log of a data directory whose engine is stopped with distinct deliveries that just came:
//   bench_fill DATA_DIR RECORDS BYTES
#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "tests/bench/filling.h"
#include "tests/bench/payload.h"

namespace hookswitch::bench {
namespace {

constexpr uint64_t kAtOnce = 1'024;

int fill(const std::string& data, uint64_t records, size_t bytes) {
  SystemClock clock;
  auto log = Log::open({.dir = data + "/log", .blob_dir = data + "/blobs"}, clock);
  if (!log) return fmt::print(stderr, "{}\n", log.error().message), 1;
  const bool stored = append_all(**log, records, kAtOnce, [&](uint64_t i) {
    NewRecord record;
    record.time_ms = clock.now_ms();
    record.source = "elevenlabs";
    record.headers = {{":path", "/hooks/elevenlabs"}, {"content-type", "application/json"}};
    record.body = body_of(static_cast<int>(i), bytes);
    return record;
  });
  const uint64_t used = (*log)->stats().used_bytes;
  (*log)->stop();
  if (!stored) return fmt::print(stderr, "fill {}: the log refused records\n", data), 1;
  fmt::print("{:.1f}\n", static_cast<double>(used) / 1e9);
  return 0;
}

}  // namespace
}  // namespace hookswitch::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr,
               "usage: bench_fill DATA_DIR RECORDS BYTES\nprints how many gigabytes of its file the log uses\n");
    return 2;
  }
  return hookswitch::bench::fill(argv[1], std::stoull(argv[2]), std::stoul(argv[3]));
}
