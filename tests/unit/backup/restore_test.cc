// Nothing is put in place that was not checked, and a crash at any step leaves the old data or the new.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/backup/data_dir.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

/// Every copy of the state as the first version of its format has it.
void age_state(const DataDir& data) {
  const std::string dir = data.other("aged"), file = dir + "/data.mdb";
  auto manifest = expect(read_manifest(data.backup_path() + "/manifest.json"));
  for (BackupState& state : manifest->states) {
    expect(copy_file(data.backup_path() + "/" + state.file, file));
    REQUIRE(expect(Store::open({.dir = dir}, data.clock()))->write([](Writer& writer) {
      std::string row(writer.get(Table::meta, "format").value_or(""));
      row.at(0) = 1;
      writer.put(Table::meta, "format", row);
      return writer.status();
    }));
    state.sum = expect(copy_file(file, data.backup_path() + "/" + state.file));
    fs::remove_all(dir);
  }
  REQUIRE(write_manifest(data.backup_path() + "/manifest.json", *manifest));
}

std::vector<std::string> files_of(const std::string& dir) {
  std::vector<std::string> out;
  for (const auto& file : fs::recursive_directory_iterator(dir)) {
    if (file.is_regular_file() && file.file_size() > 0) out.push_back(file.path().string());
  }
  return out;
}

}  // namespace

TEST_CASE("one byte changed in any file of a backup is found before anything is put in place") {
  DataDir data;
  data.append(20);
  data.append_large(std::string(1'500'000, 'a'));
  expect(data.back_up());
  const auto files = files_of(data.backup_path());
  REQUIRE(files.size() >= 5);
  for (const std::string& file : files) {
    INFO(file);
    for (double place : {0.01, 0.5, 0.99}) {
      const auto at = static_cast<uint64_t>(static_cast<double>(fs::file_size(file) - 1) * place);
      flip_byte(file, at);
      auto refused = data.restore("restored");
      REQUIRE_FALSE(refused);
      CHECK((refused.error().code == Code::corrupt || refused.error().code == Code::conflict));
      CHECK_FALSE(holds_data(data.other("restored")));
      flip_byte(file, at);
    }
  }
  CHECK(data.restore("restored"));
}

TEST_CASE("a missing file of a backup is named") {
  DataDir data;
  data.append(20);
  expect(data.back_up());
  for (const std::string& file : files_of(data.backup_path())) {
    if (file.ends_with("manifest.json")) continue;
    fs::rename(file, file + ".away");
    auto refused = data.restore("restored");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find(fs::path(file).filename().string()) != std::string::npos);
    fs::rename(file + ".away", file);
  }
}

TEST_CASE("a backup whose state is of another format is refused with who can restore it") {
  DataDir data;
  data.append(5);
  expect(data.back_up());
  age_state(data);
  auto refused = data.restore("restored");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK_THAT(refused.error().message, Catch::Contains("found format version 1, expected "));
  CHECK_THAT(refused.error().message, Catch::EndsWith("from the log, once test has put the backup back"));
  CHECK_FALSE(holds_data(data.other("restored")));
}

TEST_CASE("data that is there stays, unless it is told to make way; then it is kept aside") {
  DataDir data;
  data.append(5);
  expect(data.back_up());
  data.append(5, "later");
  auto refused = data.restore("data");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(data.bodies("data").size() == 10);
  expect(data.restore("data", std::nullopt, true));
  CHECK(data.bodies("data").size() == 5);
  CHECK(data.bodies("data/replaced/1").size() == 10);
  CHECK(data.position("data") == 5);
}

TEST_CASE("a further restore keeps aside what is there beside what an earlier one has kept") {
  DataDir data;
  data.append(5);
  expect(data.back_up());
  data.append(5, "acknowledged");
  expect(data.restore("data", std::nullopt, true));
  data.append(1, "another way");
  expect(data.restore("data", std::nullopt, true));
  CHECK(data.bodies("data").size() == 5);
  CHECK(data.bodies("data/replaced/1").back() == "acknowledged 10");
  CHECK(data.bodies("data/replaced/2").back() == "another way 6");
  fs::remove_all(data.path("/replaced/1"));
  expect(data.restore("data", std::nullopt, true));
  CHECK(data.bodies("data/replaced/2").back() == "another way 6");
  CHECK(data.bodies("data/replaced/3").size() == 5);
}

TEST_CASE("what lies in data/replaced without a number of its own stays there") {
  DataDir data;
  data.append(5);
  expect(data.back_up());
  fs::create_directory(data.path("/replaced"));
  fs::copy(data.path("/log"), data.path("/replaced/log"), fs::copy_options::recursive);
  data.append(1, "later");
  expect(data.restore("data", std::nullopt, true));
  CHECK(data.bodies("data/replaced").size() == 5);
  CHECK(data.bodies("data/replaced/1").size() == 6);
}

TEST_CASE("what root restores belongs to whom the data directory belongs to") {
  DataDir data;
  data.append_large(std::string(1'500'000, 'a'));
  expect(data.back_up());
  constexpr uid_t kSomebody = 4711;
  fs::create_directory(data.other("restored"));
  if (chown(data.other("restored").c_str(), kSomebody, kSomebody) != 0) return;  // only root may
  expect(data.restore("restored"));
  for (const auto& file : fs::recursive_directory_iterator(data.other("restored"))) {
    struct stat status{};
    REQUIRE(lstat(file.path().c_str(), &status) == 0);
    INFO(file.path());
    CHECK(status.st_uid == kSomebody);
  }
}

TEST_CASE("a crash before a restore is in force leaves the old data, one after it the new") {
  DataDir data;
  data.append(5);
  expect(data.back_up());
  data.append(5, "later");
  Restore restore({.source = data.backup_path(), .data_dir = data.path(), .to_seq = std::nullopt, .force = true});
  expect(restore.stage());
  REQUIRE(settle_restore(data.path()));
  CHECK(data.bodies("data").size() == 10);
  // A file without a name is of a version that knew one place only.
  const std::string name = GENERATE("", "7"), old = name.empty() ? "/replaced" : "/replaced/" + name;
  std::ofstream(data.path("/restore/ready")) << name;
  SECTION("at once") {}
  SECTION("with the log moved away") {
    fs::create_directories(data.path(old));
    fs::rename(data.path("/log"), data.path(old + "/log"));
  }
  SECTION("with the log in place") {
    fs::create_directories(data.path(old));
    fs::rename(data.path("/log"), data.path(old + "/log"));
    fs::rename(data.path("/restore/log"), data.path("/log"));
  }
  SECTION("with all in place") {
    fs::create_directories(data.path(old));
    for (const char* place : {"/log", "/state", "/blobs"}) {
      fs::rename(data.path(place), data.path(old) + place);
      fs::rename(data.path("/restore") + place, data.path(place));
    }
  }
  REQUIRE(settle_restore(data.path()));
  CHECK(data.bodies("data").size() == 5);
  CHECK(data.position("data") == 5);
  CHECK(data.bodies("data" + old).size() == 10);
  CHECK_FALSE(fs::exists(data.path("/restore")));
  REQUIRE(settle_restore(data.path()));
  CHECK(data.bodies("data").size() == 5);
}

TEST_CASE("a restore that was cut short once it was in force asks providers what was missed since its last record") {
  DataDir data;
  data.append(5);
  expect(data.back_up());
  std::ofstream(data.path("/alive")) << "today";
  Restore restore({.source = data.backup_path(), .data_dir = data.path(), .to_seq = 3, .force = true});
  const auto staged = expect(restore.stage());
  std::ofstream(data.path("/restore/ready")) << "1";
  REQUIRE(settle_restore(data.path()));
  struct stat alive{};
  REQUIRE(stat(data.path("/alive").c_str(), &alive) == 0);
  CHECK(alive.st_mtim.tv_sec * 1'000 + alive.st_mtim.tv_nsec / 1'000'000 == staged.last_time_ms);
}

TEST_CASE("what a restore left that never was in force can be removed, and one in force cannot") {
  DataDir data;
  data.append(5);
  expect(data.back_up());
  Restore restore({.source = data.backup_path(), .data_dir = data.path(), .force = true});
  expect(restore.stage());
  const bool ready = GENERATE(false, true);
  if (ready) std::ofstream(data.path("/restore/ready")) << "1";
  REQUIRE(drop_unready_restore(data.path()));
  CHECK(fs::exists(data.path("/restore")) == ready);
  CHECK(data.bodies("data").size() == 5);
}

TEST_CASE("a restore that ends before it is in force leaves nothing behind") {
  DataDir data;
  data.append(5);
  expect(data.back_up());
  const bool stopped = GENERATE(true, false);  // while it is made ready; or behind that
  {
    Restore restore({.source = data.backup_path(), .data_dir = data.path(), .to_seq = std::nullopt, .force = true});
    const bool staged = restore.stage([&](uint64_t, uint64_t) { return !stopped; }).has_value();
    CHECK(staged != stopped);
    CHECK(fs::exists(data.path("/restore")));
  }
  CHECK_FALSE(fs::exists(data.path("/restore")));
  CHECK(data.bodies("data").size() == 5);
}

}  // namespace hookswitch::test
