// What is wrong with a log, its bodies or a state is named by where it is, and nothing else is.
#include "engine/fsck/fsck.h"

#include <filesystem>
#include <fstream>

#include "engine/log/blob_files.h"
#include "engine/state/dead.h"
#include "tests/unit/backup/data_dir.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

struct Looked {
  FsckSummary summary;
  std::vector<std::string> findings;
};

Looked look(const DataDir& data, bool quick = false) {
  Looked out;
  auto blobs = Blobs::open_to_read(data.path("/blobs"));
  Fsck fsck({.data_dir = data.path(),
             .clock = data.clock(),
             .open_log = [&] { return Log::open_to_read(data.path("/log")); },
             .blobs = *blobs,
             .quick = quick},
            [&](const Finding& finding) { out.findings.push_back(finding.text()); });
  out.summary = expect(fsck.run());
  CHECK(out.summary.findings() == out.findings.size());
  return out;
}

/// Changes the first byte of `text` wherever it is in the file: pages that are not in use any more may hold it too.
void damage(const std::string& file, const std::string& text) {
  const std::string bytes = read_file(file);
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  size_t places = 0;
  for (size_t at = bytes.find(text); at != std::string::npos; at = bytes.find(text, at + text.size()), ++places) {
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put('#');
  }
  REQUIRE(places > 0);
}

}  // namespace

TEST_CASE("sound data has no findings and is counted") {
  DataDir data;
  data.append(50);
  data.append_large(std::string(1'200'000, 'x'));
  auto looked = look(data);
  CHECK(looked.findings.empty());
  CHECK(looked.summary.records == 51);
  CHECK(looked.summary.blobs == 1);
  CHECK(looked.summary.first_seq == 1);
  CHECK(looked.summary.last_seq == 51);
  CHECK(looked.summary.position == 51);
  CHECK(looked.summary.rows >= 2);
}

TEST_CASE("a damaged record is named by its sequence, and the others are read") {
  DataDir data;
  data.append(30, "unmistakable");
  damage(data.path("/log/data.mdb"), "unmistakable 17");
  auto looked = look(data);
  REQUIRE(looked.findings.size() == 1);
  CHECK(looked.findings[0].find("record 17") != std::string::npos);
  CHECK(looked.summary.records == 29);
  CHECK(check_at_start(data.path()));
}

TEST_CASE("bodies that are gone, cut or changed are named with the record that needs them") {
  DataDir data;
  const std::string name = data.append_large(std::string(1'200'000, 'x'));
  const std::string file = blob_path(data.path("/blobs"), name);
  SECTION("changed") {
    damage(file, "xxxx");
    CHECK(look(data, true).findings.empty());
  }
  SECTION("cut") { fs::resize_file(file, 1'000'000); }
  SECTION("gone") { fs::remove(file); }
  auto looked = look(data);
  REQUIRE(looked.findings.size() == 1);
  CHECK(looked.findings[0].starts_with("blobs, record 1, " + name));
}

TEST_CASE("a state that is ahead of the log, or rows that lead nowhere, are named") {
  DataDir data;
  data.append(10);
  data.process(12);
  {
    auto store = expect(Store::open({.dir = data.path("/state")}, data.clock()));
    REQUIRE(store->write([](Writer& writer) {
      put_dead(writer, {.seq = 40, .reason = "of no record"});
      writer.put(Table::call_ids, "xnowhere", "call_none");
      writer.put(Table::contacts, "somebody", "{");
      return writer.status();
    }));
  }
  auto looked = look(data);
  CHECK(looked.findings.size() == 4);
  auto has = [&](const std::string& text) {
    return std::ranges::any_of(looked.findings,
                               [&](const std::string& f) { return f.find(text) != std::string::npos; });
  };
  CHECK(has("processed record 12, and the log ends with 10"));
  CHECK(has("state/call_ids, key xnowhere"));
  CHECK(has("state/contacts, key somebody"));
  CHECK(has("state/dead"));
}

TEST_CASE("damaged pages are named, what is on them is not read, and a start is refused with what to do") {
  DataDir data;
  data.append(10);
  const std::string place = GENERATE("state", "log");
  const std::string file = data.path("/" + place + "/data.mdb");
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  for (uint64_t page = 2; page < fs::file_size(file) / 4096; ++page) {
    stream.seekp(static_cast<std::streamoff>(page * 4096 + 12));
    stream.write("\xff\xff\x00\x01", 4);
  }
  stream.close();
  auto looked = look(data);
  REQUIRE_FALSE(looked.findings.empty());
  CHECK(looked.findings[0].find(place) == 0);
  CHECK(looked.findings[0].find("page ") != std::string::npos);
  auto start = check_at_start(data.path());
  REQUIRE_FALSE(start);
  CHECK(start.error().code == Code::corrupt);
  CHECK(start.error().message.find(place == "state" ? "hookswitch rebuild" : "hookswitch restore") !=
        std::string::npos);
}

}  // namespace hookswitch::test
