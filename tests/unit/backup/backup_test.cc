// A copy holds what the data held, a further one brings only what is new, and an interrupted one is recognized.
#include <filesystem>
#include <iterator>
#include <map>

#include "engine/log/blob_files.h"
#include "tests/unit/backup/data_dir.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> all_of(const DataDir& data) { return data.bodies("data"); }

/// Every file with what is in it.
std::map<std::string, std::string> tree_of(const std::string& dir) {
  std::map<std::string, std::string> out;
  for (const auto& file : fs::recursive_directory_iterator(dir)) {
    if (file.is_regular_file()) out[file.path().string()] = read_file(file.path().string());
  }
  return out;
}

/// Also in pages that are free again.
void flip_everywhere(const std::string& file, const std::string& text) {
  const std::string bytes = expect(read_text(file));
  for (size_t at = bytes.find(text); at != std::string::npos; at = bytes.find(text, at + 1)) flip_byte(file, at);
}

size_t count_files(const std::string& dir) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(dir), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("what is backed up and restored is what was there, large bodies included") {
  DataDir data;
  data.append(30);
  data.append_large(std::string(3'000'000, 'a'));
  data.append(5);
  auto summary = expect(data.back_up());
  CHECK(summary.records == 36);
  CHECK(summary.blobs == 1);
  CHECK(summary.last_seq == 36);
  CHECK(summary.position == 36);
  CHECK(summary.warnings.empty());
  auto staged = expect(data.restore("restored"));
  CHECK(staged.records == 36);
  CHECK(staged.position == 36);
  CHECK(data.bodies("restored") == all_of(data));
  CHECK(data.position("restored") == 36);
  CHECK_FALSE(fs::exists(data.other("restored/restore")));
}

TEST_CASE("bodies that are not there are warned of, but for audio that no recording is kept in any more") {
  DataDir data;
  const std::string body = data.append_large("body");
  const std::string kept = data.append_large("kept", RecordKind::result);
  const std::string gone = data.append_large("gone", RecordKind::result);
  data.put({.call = "call_8", .status = RecordingStatus::kept, .blob = kept, .bytes = 4});
  for (const std::string& name : {body, kept, gone}) fs::remove(blob_path(data.path("/blobs"), name));
  auto summary = expect(data.back_up());
  REQUIRE(summary.warnings.size() == 2);
  CHECK(summary.warnings[0].starts_with("the body of record 1 "));
  CHECK(summary.warnings[1].starts_with("the body of record 2 "));
}

TEST_CASE("a record and a body that are damaged are copied as they are, and warned of") {
  DataDir data;
  data.append(1, "good");
  data.append(1, "struck");
  const std::string name = data.append_large("body");
  const std::string body = blob_path(data.path("/blobs"), name);
  flip_byte(body, 0);
  flip_everywhere(data.path("/log/data.mdb"), "struck 2");
  auto summary = expect(data.back_up());
  REQUIRE(summary.warnings.size() == 2);
  CHECK(summary.warnings[0].starts_with("read record 2:"));
  CHECK(summary.warnings[1].starts_with("the body " + name + ": its bytes"));
  CHECK(expect(data.restore("restored")).records == 3);
}

TEST_CASE("a further backup copies only what is new, and can be restored to either state") {
  DataDir data;
  data.append(20);
  data.append_large(std::string(2'000'000, 'a'));
  expect(data.back_up());
  data.append(3, "new");
  data.append_large(std::string(2'000'000, 'b'));
  auto second = expect(data.back_up());
  CHECK(second.records == 4);
  CHECK(second.blobs == 1);
  CHECK(second.first_seq == 1);
  CHECK(second.last_seq == 25);
  expect(data.restore("whole"));
  CHECK(data.bodies("whole") == all_of(data));
  auto before = expect(data.restore("before", 21));
  CHECK(before.position == 21);
  CHECK(data.bodies("before").size() == 21);
  auto nothing_new = expect(data.back_up());
  CHECK(nothing_new.records == 0);
  CHECK(nothing_new.blobs == 0);
  CHECK(nothing_new.last_seq == 25);
}

TEST_CASE("the log can be cut after any record, also within a group") {
  DataDir data;
  data.append_together(500);
  expect(data.back_up());
  for (uint64_t seq : {0u, 1u, 250u, 499u, 500u}) {
    const std::string target = "cut" + std::to_string(seq);
    auto staged = expect(data.restore(target, seq));
    CHECK(data.bodies(target).size() == seq);
    CHECK(staged.position == (seq == 500 ? 500 : 0));
    auto log = expect(
        Log::open({.dir = data.other(target + "/log"), .blob_dir = data.other(target + "/blobs")}, data.clock()));
    CHECK(expect(log->append_and_wait({.time_ms = kNow, .body = "next"})) == seq + 1);
  }
  auto beyond = data.restore("beyond", 501);
  REQUIRE_FALSE(beyond);
  CHECK(beyond.error().code == Code::invalid);
}

TEST_CASE("a backup that is stopped is none yet, and the next run goes on where it was") {
  DataDir data;
  data.append(100);
  auto stopped = data.back_up("backup", 1, [](uint64_t done, uint64_t) { return done < 40; });
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == Code::unavailable);
  auto early = data.restore("early");
  REQUIRE_FALSE(early);
  CHECK(early.error().code == Code::not_found);
  auto summary = expect(data.back_up());
  CHECK(summary.went_on);
  CHECK(summary.records == 60);
  expect(data.restore("restored"));
  CHECK(data.bodies("restored") == all_of(data));
}

TEST_CASE("a first backup that died while it copied the state, or on a full disk, goes on in the same directory") {
  DataDir data;
  data.append(10);
  fs::create_directories(data.other("backup/state.new"));
  std::ofstream(data.other("backup/LOCK")).flush();
  std::ofstream(data.other("backup/state.new/data.mdb")) << "half of a page";
  expect(data.back_up());
  CHECK_FALSE(fs::exists(data.other("backup/state.new")));
  expect(data.restore("restored"));
  CHECK(data.bodies("restored") == all_of(data));
}

TEST_CASE("a directory with a backup of another log, or with other files, is refused") {
  DataDir data, other;
  data.append(10);
  other.append(12, "other");
  expect(data.back_up());
  Backup foreign({.data_dir = other.path(), .dest = data.backup_path(), .clock = other.clock(), .made_by = "test"});
  auto refused = foreign.run();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  fs::create_directory(data.other("photos"));
  std::ofstream(data.other("photos/cat.jpg")) << "miau";
  auto photos = data.back_up("photos");
  REQUIRE_FALSE(photos);
  CHECK(photos.error().code == Code::conflict);
  expect(data.restore("restored"));
  CHECK(data.bodies("restored").size() == 10);
}

TEST_CASE(
    "after a restore to an earlier record the log goes another way, and a backup of the former is not continued") {
  DataDir data;
  data.append(10);
  expect(data.back_up());
  expect(data.restore("data", 5, true));
  data.append(20, "another way");
  auto refused = data.back_up();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(data.back_up("anew"));
}

TEST_CASE("a backup that is refused leaves the one that is there as it was, and nothing of its own") {
  DataDir data;
  data.append(2);
  expect(data.back_up());
  const auto before = tree_of(data.backup_path());
  expect(data.restore("data", 1, true));
  data.append(1, "another way");
  data.note("another way");
  REQUIRE(data.position("data") == 2);
  REQUIRE_FALSE(data.back_up());
  CHECK(tree_of(data.backup_path()) == before);
  CHECK(expect(data.restore("restored")).position == 2);
}

TEST_CASE("a backup that fails at its last step leaves the one that is there as it was, and the next one goes on") {
  DataDir data;
  data.append(2);
  expect(data.back_up());
  const auto before = tree_of(data.backup_path());
  const bool more = GENERATE(false, true);
  if (more) data.append(1);
  data.note("rebuilt by other rules");
  fs::create_directory(data.backup_path() + "/manifest.json.new");  // nothing can be written under that name
  REQUIRE_FALSE(data.back_up());
  fs::remove(data.backup_path() + "/manifest.json.new");
  CHECK(expect(data.restore("restored")).position == 2);
  if (!more) CHECK(tree_of(data.backup_path()) == before);
  expect(data.back_up());
  CHECK(expect(data.restore("anew")).position == (more ? 3 : 2));
  CHECK(data.note_in("anew") == "rebuilt by other rules");
  CHECK(data.note_in("restored").empty());
  CHECK(count_files(data.backup_path() + "/state") == (more ? 2 : 1));
}

TEST_CASE("a log that was trimmed since the last backup is named as a gap") {
  DataDir data;
  data.append(10);
  expect(data.back_up());
  data.append(10);
  {
    LogOptions options{.dir = data.path("/log"), .blob_dir = data.path("/blobs"), .keep_bytes = 1};
    auto log = expect(Log::open(options, data.clock()));
    log->keep_from(UINT64_MAX);
    while (expect(log->trim_step())) {
    }
  }
  auto refused = data.back_up();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("11 to") != std::string::npos);
  auto anew = expect(data.back_up("anew"));
  CHECK(anew.first_seq > 11);
  auto staged = expect(data.restore("restored", std::nullopt, false, "anew"));
  CHECK(staged.position == 20);
  auto too_early = data.restore("early", anew.first_seq - 5, false, "anew");
  CHECK_FALSE(too_early);
}

TEST_CASE("what was erased does not come back from a backup that was made again since") {
  DataDir data;
  data.append(2);
  data.append(1, "Ana");
  data.append_large("Ana's own voice");
  data.append(1);
  expect(data.back_up("backup", 1));
  const auto before = tree_of(data.backup_path());
  data.erase(3);
  data.erase(4);
  const bool more = GENERATE(false, true);
  if (more) data.append(3);
  const bool stopped = GENERATE(false, true);
  if (stopped) {
    REQUIRE_FALSE(data.back_up("backup", 1, [](uint64_t done, uint64_t) { return done < 2; }));
    for (const auto& [file, bytes] : before) CHECK(read_file(file) == bytes);
    CHECK(expect(data.restore("early")).last_seq == 5);
  }
  auto summary = expect(data.back_up("backup", 1));
  CHECK(summary.went_on == stopped);
  CHECK(summary.warnings.size() == (stopped ? 0 : 1));
  for (const auto& [file, bytes] : tree_of(data.backup_path())) {
    INFO(file);
    CHECK(bytes.find("Ana") == std::string::npos);
  }
  CHECK(count_files(data.backup_path() + "/state") == 1);
  CHECK(count_files(data.backup_path() + "/log") == (more ? 8 : 5));
  CHECK(expect(data.restore("cut", 5)).position == (more ? 0 : 5));
  CHECK(data.bodies("cut") == std::vector<std::string>{"body 1", "body 2", "", "", "body 5"});
  expect(data.restore("data", std::nullopt, true));
  data.append(1);
  auto next = expect(data.back_up("backup", 1));
  CHECK(next.records == 1);
  CHECK(next.warnings.empty());
}

TEST_CASE("records that were trimmed leave a backup when something is erased, for it may be in them") {
  DataDir data;
  data.append(10);
  expect(data.back_up());
  {
    LogOptions options{.dir = data.path("/log"), .blob_dir = data.path("/blobs"), .keep_bytes = 1};
    auto log = expect(Log::open(options, data.clock()));
    log->keep_from(UINT64_MAX);
    while (expect(log->trim_step())) {
    }
  }
  CHECK(expect(data.back_up()).first_seq == 1);
  data.erase(10);
  auto anew = expect(data.back_up());
  CHECK(anew.first_seq == 10);
  REQUIRE(anew.warnings.size() == 1);
  CHECK(anew.warnings[0].find("records 1 to 9") != std::string::npos);
}

TEST_CASE("a backup by a version that did not know what was erased is begun anew, and doubted when it is restored") {
  DataDir data;
  data.append(3);
  expect(data.back_up());
  const std::string file = data.backup_path() + "/manifest.json";
  auto manifest = expect(read_manifest(file));
  manifest->rewritten.reset();
  REQUIRE(write_manifest(file, *manifest));
  CHECK_FALSE(expect(data.restore("old")).knows_erased);
  CHECK(expect(data.back_up()).records == 3);
  CHECK(expect(data.restore("new")).knows_erased);
}

TEST_CASE("only so many copies of the state are kept") {
  DataDir data;
  for (int i = 0; i < 4; ++i) {
    data.append(2);
    Backup backup({.data_dir = data.path(),
                   .dest = data.backup_path(),
                   .clock = data.clock(),
                   .made_by = "test",
                   .states_kept = 2});
    expect(backup.run());
  }
  CHECK(count_files(data.backup_path() + "/state") == 2);
  CHECK(expect(data.restore("restored", 7)).position == 6);
}

}  // namespace hookswitch::test
