// Sound files are found sound whatever was done to them; damage is named and never ends the process.
#include "engine/fsck/pages.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <random>

#include "engine/lmdb/txn.h"
#include "tests/support/temp_dir.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPage = 4096;

struct Looked {
  PageSummary summary;
  std::vector<PageFinding> findings;
};

Looked look(const std::string& file, bool leaves = true) {
  Looked out;
  auto looked = check_pages({.file = file, .leaves = leaves}, [&](const PageFinding& f) { out.findings.push_back(f); });
  if (!looked) FAIL(looked.error().message);
  out.summary = *looked;
  return out;
}

/// Puts, replaces and removes at random, in three tables, with values from none to several pages.
void make_busy(const std::string& dir, unsigned seed, int commits) {
  auto env = lmdb::Env::open({.dir = dir, .sync = false});
  REQUIRE(env);
  std::vector<lmdb::Table> tables;
  for (const char* name : {"one", "two", "three"}) tables.push_back((*env)->open_table(name).value());
  std::mt19937 random(seed);
  uint64_t appended = 0;
  for (int commit = 0; commit < commits; ++commit) {
    REQUIRE((*env)->write([&](lmdb::WriteTxn& txn) -> Status {
      for (int i = 0; i < 200; ++i) {
        const std::string key = "key " + std::to_string(random() % 3'000) + std::string(random() % 100, 'k');
        const auto table = tables[random() % 2];
        if (random() % 3 == 0) {
          if (auto gone = txn.del(table, key); !gone) return std::unexpected(gone.error());
        } else {
          const size_t bytes = random() % 20 == 0 ? random() % 20'000 : random() % 300;
          if (auto put = txn.put(table, key, std::string(bytes, 'v')); !put) return put;
        }
      }
      for (int i = 0; i < 20; ++i) {
        const std::string key = fmt::format("{:020}", ++appended);
        if (auto put = txn.put_append(tables[2], key, std::string(random() % 9'000, 'a')); !put) return put;
      }
      return {};
    }));
  }
}

}  // namespace

TEST_CASE("a large value that the file does not hold to its end is named") {
  TempDir dir;
  {
    auto env = lmdb::Env::open({.dir = dir.path(), .sync = false});
    REQUIRE(env);
    const auto table = (*env)->open_table("one").value();
    for (const char* key : {"a", "b"}) {
      REQUIRE((*env)->write([&](lmdb::WriteTxn& txn) { return txn.put(table, key, std::string(50'000, 'v')); }));
    }
  }
  const std::string file = dir.path() + "/data.mdb";
  REQUIRE(look(file).findings.empty());
  const std::string bytes = read_file(file);
  fs::resize_file(file, bytes.rfind("vvvv") / kPage * kPage);
  CHECK(std::ranges::any_of(look(file).findings, [](const PageFinding& finding) {
    return finding.what == "the file ends before a large value does";
  }));
}

TEST_CASE("a file after many changes of every kind is sound") {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    TempDir dir;
    make_busy(dir.path(), seed, 40);
    INFO("seed " << seed);
    auto looked = look(dir.path() + "/data.mdb");
    for (const auto& finding : looked.findings) {
      UNSCOPED_INFO(finding.table << " page " << finding.page << ": " << finding.what);
    }
    CHECK(looked.findings.empty());
    CHECK(looked.summary.pages > 100);
    auto branches = look(dir.path() + "/data.mdb", false);
    CHECK(branches.findings.empty());
    CHECK(branches.summary.pages < looked.summary.pages / 5);
  }
}

TEST_CASE("bytes that are flipped anywhere never end the process, and page heads that changed are always found") {
  TempDir dir;
  make_busy(dir.path(), 7, 30);
  const std::string file = dir.path() + "/data.mdb";
  const auto pages = fs::file_size(file) / kPage;
  std::mt19937 random(11);
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  size_t found = 0;
  for (int round = 0; round < 1'000; ++round) {
    const auto at = static_cast<std::streamoff>((random() % pages) * kPage + random() % 64);
    stream.seekg(at);
    const int before = stream.get();
    stream.seekp(at);
    stream.put(static_cast<char>(before ^ static_cast<int>(1 + random() % 255)));
    stream.flush();
    if (!look(file).findings.empty()) ++found;
    stream.seekp(at);
    stream.put(static_cast<char>(before));
    stream.flush();
  }
  CHECK(found > 50);  // most of them hit free pages, values, or parts of a head that say nothing
  CHECK(look(file).findings.empty());
}

TEST_CASE("a file that ends early, is empty or is something else is named") {
  TempDir dir;
  make_busy(dir.path(), 3, 20);
  const std::string file = dir.path() + "/data.mdb";
  fs::resize_file(file, fs::file_size(file) / 2 / kPage * kPage);
  CHECK_FALSE(look(file).findings.empty());
  fs::resize_file(file, 100);
  CHECK(look(file).findings.size() == 1);
  dir.write("other.mdb", std::string(3 * kPage, 'x'));
  CHECK(look(dir.path() + "/other.mdb").findings.size() == 1);
  CHECK_FALSE(check_pages({.file = dir.path() + "/none.mdb"}, [](const PageFinding&) {}));
}

}  // namespace hookswitch::test
