// What is wrong with a log, its bodies or a state is named by where it is, and nothing else is.
#include "engine/fsck/fsck.h"

#include <filesystem>
#include <fstream>

#include "engine/base/hash.h"
#include "engine/lmdb/txn.h"
#include "engine/log/blob_files.h"
#include "engine/state/actions.h"
#include "engine/state/activity.h"
#include "engine/state/agents.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"
#include "engine/state/campaigns.h"
#include "engine/state/changes.h"
#include "engine/state/command_answers.h"
#include "engine/state/contacts.h"
#include "engine/state/dead.h"
#include "engine/state/erasures.h"
#include "engine/state/memory.h"
#include "engine/state/recordings.h"
#include "engine/state/seen.h"
#include "engine/state/shares.h"
#include "engine/state/suppressions.h"
#include "engine/state/syncs.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"
#include "engine/state/tokens.h"
#include "engine/state/transcripts.h"
#include "tests/unit/backup/data_dir.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

struct Looked {
  FsckSummary summary;
  std::vector<std::string> findings;
};

/// A file of audio; its name.
std::string put_audio(const DataDir& data, const std::string& bytes) {
  auto blobs = expect(Blobs::open(data.path("/blobs")));
  auto writer = expect(blobs->create());
  REQUIRE(writer->write(bytes));
  return expect(writer->finish());
}

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

void put_people(Writer& writer) {
  REQUIRE(put_contact(writer, {{"id", "c1"}, {"phones", {"+40721234567"}}}));
  REQUIRE(put_agent(writer, {{"id", "agent_1"}, {"source", "elevenlabs"}}));
  for (std::optional<int64_t> revoked_ms : {std::optional<int64_t>(), std::optional(kNow)}) {
    const std::string hash(64, revoked_ms ? 'a' : 'b');
    put_token(writer, {.id = "tok_" + hash.substr(0, 1),
                       .hash = hash,
                       .role = "viewer",
                       .tenant = "B1/L1",
                       .created_ms = kNow,
                       .revoked_ms = revoked_ms});
  }
  put_suppression(writer, {"+40721234567", "B1/L1", "asked", 0, kNow});
  note_dial(writer, {.phone = "+40721234567", .tenant = "B1/L1", .channel = "call", .action = "axn_1"}, kNow, kNow);
  put_erasure(writer, {.id = erasure_id_of(3), .phone = "+40721234567"});
  add_erasure_name(writer, erasure_id_of(3), "Ana");
}

void put_work(Writer& writer) {
  set_timer(writer, {"k", kNow, "late", "{}"});
  for (ActionStatus status : {ActionStatus::waiting, ActionStatus::sending, ActionStatus::done}) {
    Action action;
    action.id = fmt::format("axn_{}", static_cast<int>(status));
    action.made_n = static_cast<uint16_t>(status);
    action.source = "twilio";
    action.status = status;
    put_action(writer, action);
  }
  for (TaskStatus status : {TaskStatus::scheduled, TaskStatus::completed}) {
    Task task;
    task.key = name(status);
    task.id = task_id_of("B1/L1", task.key);
    task.campaign = "cmp_1";
    task.status = status;
    put_task(writer, task);
  }
  put_campaign(writer, Campaign{.id = "cmp_1", .name = "spring"});
  put_campaign_person(writer, "cmp_1", 0, {{"to", "+40721234567"}});
  put_sync(writer, Sync{.id = sync_id_of(4), .source = "twilio", .resource = "calls"});
  set_synced_until(writer, "twilio", "calls", kNow);
  put_command_answer(writer, hash128("key"), {kNow, hash128("asked"), 200, "application/json", "{}"});
  put_dead(writer, {.seq = 4, .reason = "no"});
  put_seen(writer, hash128("event"), {4, kNow, "reply"});
  REQUIRE(put_memory(writer, "rule", "key", "{}"));
}

void put_lives(Writer& writer, const std::string& audio) {
  Call call;
  call.set(CallField::id, std::string("call_1"));
  call.set(CallField::tenant, std::string("B1/L1"));
  call.set(CallField::from, std::string("+40721234567"));
  call.set(CallField::started_at, kNow);
  REQUIRE(put_call(writer, call));
  link_call(writer, "CallSid", "CA1", "call_1");
  REQUIRE(merge_transcript(writer, "call_1", {.stamp = {}, .json = "[]"}));
  put_activity(writer, {.id = "act_1", .tenant = "B1/L1", .call = "call_1", .time_ms = kNow});
  add_share(writer, {.rule = "r", .tenant = "B1/L1", .kpis = {{"calls", "", {}}}});
  append_change(writer, "{}");
  for (RecordingStatus status : {RecordingStatus::known, RecordingStatus::kept, RecordingStatus::failed}) {
    Recording recording;
    recording.call = fmt::format("call_{}", static_cast<int>(status));
    recording.status = status;
    recording.told_seq = 4;
    recording.places = {{"twilio", {{"recording_sid", "RE1"}}}};
    if (status == RecordingStatus::kept) {
      recording.blob = audio;
      recording.bytes = 5;
    }
    put_recording(writer, recording);
  }
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

TEST_CASE("a directory that cannot be looked into is not taken for an empty one") {
  DataDir data;
  data.append(1);
  const std::string loop = data.path("/loop");
  fs::create_symlink("loop", loop);
  auto blobs = Blobs::open_to_read(data.path("/blobs"));
  Fsck fsck({.data_dir = loop,
             .clock = data.clock(),
             .open_log = [&] { return Log::open_to_read(loop + "/log"); },
             .blobs = *blobs},
            [](const Finding&) {});
  auto summary = fsck.run();
  REQUIRE_FALSE(summary);
  CHECK(summary.error().code == Code::io);
  CHECK(summary.error().message.find("Too many levels") != std::string::npos);
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

TEST_CASE("a recording that is kept is looked at, also when no record of the log names its audio any more") {
  DataDir data;
  data.append(3);
  const std::string audio = put_audio(data, std::string(10'000, 'x')), file = blob_path(data.path("/blobs"), audio);
  Recording kept{.call = "call_9", .status = RecordingStatus::kept, .blob = audio, .bytes = 10'000, .kept_ms = kNow};
  data.put(kept);
  CHECK(look(data).findings.empty());
  CHECK(look(data).summary.blobs == 1);
  SECTION("changed") {
    damage(file, "xxxx");
    CHECK(look(data, true).findings.empty());
  }
  SECTION("gone") { fs::remove(file); }
  SECTION("of another size than its row says") {
    kept.bytes = 9'999;
    data.put(kept);
  }
  auto looked = look(data);
  REQUIRE(looked.findings.size() == 1);
  CHECK(looked.findings[0].starts_with("blobs, recording of call call_9, " + audio));
}

TEST_CASE("a recording whose record is still in the log is looked at once") {
  DataDir data;
  const std::string audio = data.append_large("sound", RecordKind::result);
  data.put({.call = "call_9", .status = RecordingStatus::kept, .blob = audio, .bytes = 5});
  auto looked = look(data);
  CHECK(looked.findings.empty());
  CHECK(looked.summary.blobs == 1);
}

TEST_CASE("audio that is gone is damage while a recording is kept in it, and none once all have let it go") {
  DataDir data;
  const std::string audio = data.append_large("sound", RecordKind::result);
  data.put({.call = "call_8", .status = RecordingStatus::kept, .blob = audio, .bytes = 5});
  data.put({.call = "call_9", .status = RecordingStatus::expired});
  fs::remove(blob_path(data.path("/blobs"), audio));
  auto looked = look(data);
  REQUIRE(looked.findings.size() == 1);
  CHECK(looked.findings[0].starts_with("blobs, recording of call call_8, " + audio));
  data.put({.call = "call_8", .status = RecordingStatus::expired});
  CHECK(look(data).findings.empty());
}

TEST_CASE("a row of every kind that a table has is found sound") {
  DataDir data;
  data.append(10);
  const std::string audio = put_audio(data, "sound");
  {
    auto store = expect(Store::open({.dir = data.path("/state")}, data.clock()));
    REQUIRE(store->write([&](Writer& writer) {
      put_people(writer);
      put_work(writer);
      put_lives(writer, audio);
      return writer.status();
    }));
  }
  auto looked = look(data);
  for (const std::string& finding : looked.findings) UNSCOPED_INFO(finding);
  CHECK(looked.findings.empty());
  CHECK(looked.summary.rows > 45);
}

TEST_CASE("an API token that its hash does not lead to is named") {
  DataDir data;
  data.append(10);
  {
    auto store = expect(Store::open({.dir = data.path("/state")}, data.clock()));
    REQUIRE(store->write([](Writer& writer) {
      put_token(writer,
                {.id = "tok_1", .hash = std::string(64, 'a'), .role = "admin", .tenant = "", .created_ms = kNow});
      writer.put(Table::tokens, "h" + std::string(64, 'b'), "tok_1");
      writer.put(Table::tokens, "h" + std::string(64, 'c'), "tok_gone");
      writer.put(Table::tokens, "itok_bad", "{");
      return writer.status();
    }));
  }
  auto looked = look(data);
  REQUIRE(looked.findings.size() == 3);
  CHECK(looked.findings[0].find("the token tok_1 has another hash") != std::string::npos);
  CHECK(looked.findings[1].find("leads to the token tok_gone") != std::string::npos);
  CHECK(looked.findings[2].find("itok_bad") != std::string::npos);
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
  CHECK(has("hookswitch restore"));
  CHECK(looked.summary.log_older);
  CHECK(has("state/call_ids, key xnowhere"));
  CHECK(has("state/contacts, key somebody"));
  CHECK(has("state/dead"));
}

TEST_CASE("a state that was lost is told from one that never was") {
  DataDir data;
  data.append(3);
  fs::remove_all(data.path("/state"));
  CHECK(look(data).findings == std::vector<std::string>{"state: there is none; an engine makes it anew from the log"});
  {
    auto log = expect(
        Log::open({.dir = data.path("/log"), .blob_dir = data.path("/blobs"), .extend_bytes = 0}, data.clock()));
    log->keep_from(3);
    REQUIRE(eventually([&] { return log->stats().processed; }));
  }
  const bool empty = GENERATE(false, true);
  if (empty) data.process(0);
  const auto lost = look(data);
  REQUIRE(lost.findings.size() == 1);
  CHECK(lost.findings[0].contains("of the log 3 records were processed: the state was lost; `hookswitch rebuild`"));
}

TEST_CASE("a state that is behind a trimmed log's beginning is named, with what that means") {
  DataDir data;
  data.append(5);
  {
    auto log = expect(Log::open(
        {.dir = data.path("/log"), .blob_dir = data.path("/blobs"), .keep_bytes = 1, .extend_bytes = 0}, data.clock()));
    log->keep_from(5);
    while (expect(log->trim_step())) continue;
    REQUIRE(log->stats().first_seq == 5);
  }
  CHECK(look(data).findings.empty());
  data.process(4);
  CHECK(look(data).findings.empty());
  data.process(3);
  const auto looked = look(data);
  REQUIRE(looked.findings.size() == 1);
  CHECK(looked.findings[0].contains("the log is trimmed and begins with 5"));
  CHECK(looked.findings[0].contains("hookswitch restore"));
}

TEST_CASE("a log of another version's format is one finding and no loss") {
  DataDir data;
  data.append(2);
  {
    auto env = expect(lmdb::Env::open({.dir = data.path("/log"), .tables_max = 8}));
    const auto meta = env->open_table("meta").value();
    REQUIRE(env->write([&](lmdb::WriteTxn& txn) { return txn.put(meta, "format", std::string("\x2a\0\0\0", 4)); }));
  }
  const auto looked = look(data);
  REQUIRE(looked.findings.size() == 1);
  CHECK(looked.findings[0].contains("found format version 42"));
  CHECK(looked.summary.log_other_format);
  CHECK(looked.summary.keys_missing == 0);
}

TEST_CASE("a store that was cut off is told of before anybody reads it through its map") {
  DataDir data;
  data.append(10, std::string(20'000, 'x'));
  const std::string dir = data.path(GENERATE("/log", "/state")), file = dir + "/data.mdb";
  REQUIRE(check_store(dir));
  REQUIRE(check_store_beside(dir));
  fs::resize_file(file, fs::file_size(file) / 3);
  for (const Status& checked : {check_store(dir), check_store_beside(dir)}) {
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == Code::corrupt);
  }
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
