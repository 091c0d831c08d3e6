#include "tests/unit/state/temp_store.h"

#include <cstdlib>

#include "engine/base/hash.h"

namespace hookswitch {
namespace {

// In memory where there is such a place: every commit syncs, and these tests are not about the disk.
std::filesystem::path parent() {
  std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

}  // namespace

TempStore::TempStore(uint64_t map_bytes) {
  dir_ = (parent() / "hookswitch-state-XXXXXX").string();
  REQUIRE(mkdtemp(dir_.data()) != nullptr);
  auto opened = Store::open({.dir = dir_, .map_bytes_initial = map_bytes, .map_bytes_max = 1ULL << 30}, clock_);
  INFO((opened ? "" : opened.error().message));
  REQUIRE(opened);
  store_ = std::move(*opened);
}

TempStore::~TempStore() {
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void TempStore::write(const std::function<void(Writer&)>& fn) {
  Status done = store_->write([&](Writer& writer) {
    fn(writer);
    return Status{};
  });
  INFO((done ? "" : done.error().message));
  REQUIRE(done);
}

std::unique_ptr<Reader> TempStore::read() {
  auto reader = store_->read();
  REQUIRE(reader);
  return std::move(*reader);
}

std::string dump_table(const Reader& reader, Table table) {
  std::string out;
  reader.scan(table, {}, Direction::forward, [&](std::string_view key, std::string_view row) {
    out += to_hex(key) + "=" + to_hex(row) + "\n";
    return true;
  });
  return out;
}

}  // namespace hookswitch
