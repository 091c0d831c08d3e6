#include "engine/log/blob_sweep.h"

#include <chrono>
#include <filesystem>
#include <fstream>

#include "engine/log/blobs.h"
#include "tests/unit/log/log_fixture.h"

using namespace hookswitch;
namespace fs = std::filesystem;

namespace {

constexpr size_t kSteps = 256;  // of one round

struct Swept : LogFixture {
  std::unique_ptr<LogStore> store = LogStore::open(dir / "swept", 0).value();
  std::unique_ptr<Blobs> blobs = Blobs::open(dir / "blobs").value();
  BlobSweep sweep{dir / "blobs", *store};

  /// A stored body, last changed so long ago.
  std::string body(const std::string& text, int64_t age_ms) {
    auto writer = blobs->create().value();
    REQUIRE(writer->write(text));
    const std::string name = writer->finish().value();
    const auto at = fs::file_time_type::clock::now() + std::chrono::milliseconds(machine_offset_ms() - age_ms);
    fs::last_write_time(blobs->path(name), at);
    return name;
  }
  size_t round(int64_t now_ms) {
    size_t removed = 0;
    for (size_t i = 0; i < kSteps; ++i) removed += sweep.step(now_ms).value();
    return removed;
  }
  bool there(const std::string& name) const { return fs::exists(blobs->path(name)); }

  // From the machine's clock to the test's.
  static int64_t machine_offset_ms() { return kNow - SystemClock().now_ms(); }
};

}  // namespace

TEST_CASE("a body that no record names is removed when it is old, and one that a record names never") {
  Swept f;
  const std::string orphan = f.body("orphan", kBlobOrphanMs + 60'000);
  const std::string young = f.body("young", kBlobOrphanMs - 60'000);
  const std::string named = f.body("named", 10 * kBlobOrphanMs);
  NewRecord record = LogFixture::record("");
  record.blob = named;
  record.blob_bytes = 5;
  std::string bytes(encoded_bytes(record), '\0');
  encode_record(bytes.data(), record);
  const EncodedRecord records[] = {{bytes, record.time_ms, record.blob}};
  REQUIRE(f.store->append(1, records));
  CHECK(f.round(kNow) == 1);
  CHECK_FALSE(f.there(orphan));
  CHECK(f.there(young));
  CHECK(f.there(named));
}

TEST_CASE("a body that somebody holds stays without a record, for as long as it is held") {
  Swept f;
  std::string held = f.body("held", 2 * kBlobOrphanMs);
  BlobSweep sweep(f.dir / "blobs", *f.store, [&](std::string_view blob) { return blob == held; });
  f.body("orphan", 2 * kBlobOrphanMs);
  size_t removed = 0;
  for (size_t i = 0; i < kSteps; ++i) removed += sweep.step(kNow).value();
  CHECK(removed == 1);
  CHECK(f.there(held));
}

TEST_CASE("after a round the next one waits") {
  Swept f;
  CHECK(f.round(kNow) == 0);
  f.body("orphan", 2 * kBlobOrphanMs);
  CHECK(f.round(kNow + kBlobSweepMs - 1) == 0);
  CHECK(f.round(kNow + kBlobSweepMs) == 1);
}

TEST_CASE("what does not look like a body is left alone") {
  Swept f;
  fs::create_directories(f.dir / "blobs/ab");
  const std::string other = f.dir / "blobs/ab/readme";
  REQUIRE(std::ofstream(other).put('x'));
  fs::last_write_time(other, fs::file_time_type::clock::now() - std::chrono::hours(100'000));
  CHECK(f.round(kNow) == 0);
  CHECK(fs::exists(other));
}
