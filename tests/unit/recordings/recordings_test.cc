// Recordings are fetched once, whoever asks; what cannot be fetched says why; what is kept stays until its time is
// over.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <future>

#include "engine/state/timers.h"
#include "tests/unit/recordings/rig.h"

namespace hookswitch::test {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr const char* kAudio = "/v1/convai/conversations/conv_1/audio";

TEST_CASE("one request goes out for ten who ask, and none for those who come after") {
  RecordingRig rig;
  std::string rest(100'000, 'x');
  rig.vendor.says([&](const std::string&) { return audio(rest); });
  rig.vendor.hold();
  rig.start();
  rig.tell_conversation(1);
  CHECK(rig.row("conv_1")->status == RecordingStatus::known);
  std::vector<std::future<bool>> askers;
  for (int i = 0; i < 10; ++i) askers.push_back(std::async(std::launch::async, [&] { return rig.ask("conv_1"); }));
  REQUIRE(eventually([&] { return rig.vendor.waiting() == 1; }));
  rig.vendor.go();
  for (auto& asker : askers) CHECK(asker.get());
  CHECK(rig.kept("conv_1") == mp3(rest));
  auto row = *rig.row("conv_1");
  CHECK(row.type == "audio/mpeg");
  CHECK(row.source == "elevenlabs");
  CHECK(rig.ask("conv_1"));
  CHECK(rig.vendor.asked() == std::vector<std::string>{kAudio});
  rig.restart();
  CHECK(rig.ask("conv_1"));
  CHECK(rig.vendor.asked().size() == 1);
}

TEST_CASE("nothing is fetched that nobody asks for, unless the configuration says so") {
  for (bool always : {false, true}) {
    RecordingRig rig({.always = always});
    rig.vendor.says([](const std::string&) { return audio("a"); });
    rig.start();
    rig.tell_conversation(1);
    rig.tell_conversation(2, false);
    rig.tell_conversation(3);
    if (always) CHECK(rig.becomes("conv_3", RecordingStatus::kept));
    CHECK(rig.ask("conv_1"));
    CHECK(rig.vendor.asked().size() == (always ? 2 : 1));
    CHECK_FALSE(rig.row("conv_2"));
  }
}

TEST_CASE("whoever asks does not wait for ever") {
  RecordingRig rig;
  rig.vendor.says([](const std::string&) { return audio("a"); });
  rig.vendor.hold();
  rig.start();
  rig.tell_conversation(1);
  auto late = std::async(std::launch::async, [&] { return rig.ask("conv_1"); });
  REQUIRE(eventually([&] { return rig.vendor.waiting() == 1; }));
  rig.engine.clock().advance_ms(limits::kRecordingWaitMs);
  CHECK_FALSE(late.get());
  rig.vendor.go();
  CHECK(rig.becomes("conv_1", RecordingStatus::kept));
}

TEST_CASE("what goes wrong is named, and is tried again when its time has come") {
  struct Case {
    HttpResult answer;
    const char* code;
  };
  const Case kCases[] = {
      {status(404), "none"},
      {status(401), "denied"},
      {status(429), "limited"},
      {status(500), "unavailable"},
      {status(400), "refused"},
      {status(302), "refused"},
      {status(200, {{"content-type", "text/html"}}, "<html>"), "wrong_type"},
      {status(200, {{"content-type", "audio/mpeg"}}, "<html>"), "wrong_type"},
      {status(200, {{"content-type", "application/json"}}, "{}"), "wrong_type"},
      {status(200, {{"content-type", "audio/mpeg"}}, ""), "none"},
      {std::unexpected(HttpFailure{"cut", Sent::maybe}), "cut_off"},
      {std::unexpected(HttpFailure{"refused", Sent::no}), "not_sent"},
      {std::unexpected(HttpFailure{"refused", Sent::no, true}), "refused_address"},
  };
  for (const Case& each : kCases) {
    INFO(each.code);
    RecordingRig rig;
    rig.vendor.says([&](const std::string&) { return each.answer; });
    rig.start();
    rig.tell_conversation(1);
    CHECK(rig.ask("conv_1"));
    auto row = *rig.row("conv_1");
    CHECK(row.status == RecordingStatus::failed);
    CHECK(row.code == each.code);
    CHECK_FALSE(row.reason.empty());
    CHECK(row.next_ms > rig.engine.clock().now_ms());
    CHECK(rig.ask("conv_1"));
    CHECK(rig.vendor.asked().size() == 1);
    rig.vendor.says([](const std::string&) { return audio("now"); });
    rig.engine.clock().advance_ms(3'600'000);
    CHECK(rig.ask("conv_1"));
    CHECK(rig.kept("conv_1") == mp3("now"));
  }
}

TEST_CASE("a provider that asks for a pause gets it, for all its recordings, and the other provider's go on") {
  RecordingRig rig;
  rig.vendor.says([](const std::string& target) {
    return target.starts_with("/v1") ? status(429, {{"retry-after", "90"}}) : audio("b");
  });
  rig.start();
  rig.tell_conversation(1);
  rig.tell_conversation(2);
  rig.tell_call(7, true);
  CHECK(rig.ask("conv_1"));
  CHECK(rig.row("conv_1")->next_ms == rig.engine.clock().now_ms() + 90'000);
  CHECK(rig.ask("conv_2"));
  CHECK(rig.row("conv_2")->status == RecordingStatus::known);
  CHECK(rig.ask("CA7"));
  CHECK(rig.kept("CA7") == mp3("b"));
  CHECK(rig.vendor.asked().size() == 2);
  rig.vendor.says([](const std::string&) { return audio("a"); });
  rig.engine.clock().advance_ms(90'000);
  CHECK(rig.ask("conv_2"));
  CHECK(rig.kept("conv_2") == mp3("a"));
}

TEST_CASE("a provider that hangs is left alone for a while, and has no more time than is configured") {
  RecordingRig rig({.timeout_ms = 4'321});
  rig.vendor.says([](const std::string& target) -> HttpResult {
    if (target.starts_with("/v1")) return std::unexpected(HttpFailure{"timed out"});
    return audio("b");
  });
  rig.start();
  rig.tell_conversation(1);
  rig.tell_conversation(2);
  rig.tell_call(7, true);
  CHECK(rig.ask("conv_1"));
  CHECK(rig.vendor.timeout_ms() == 4'321);
  CHECK(rig.ask("conv_2"));
  CHECK(rig.row("conv_2")->status == RecordingStatus::known);
  CHECK(rig.ask("CA7"));
  CHECK(rig.kept("CA7") == mp3("b"));
  CHECK(rig.vendor.asked().size() == 2);
}

TEST_CASE("a recording that lies at a refused address leaves the others of its source alone") {
  RecordingRig rig;
  rig.vendor.says([](const std::string& target) -> HttpResult {
    if (target == kAudio) return std::unexpected(HttpFailure{"a private network", Sent::no, true});
    return audio("b");
  });
  rig.start();
  rig.tell_conversation(1);
  rig.tell_conversation(2);
  CHECK(rig.ask("conv_1"));
  CHECK(rig.row("conv_1")->code == "refused_address");
  CHECK(rig.ask("conv_2"));
  CHECK(rig.kept("conv_2") == mp3("b"));
}

TEST_CASE("a recording has its time, of which the list that leads to it takes its part") {
  RecordingRig rig;
  rig.vendor.says([&](const std::string& target) {
    if (target.find("CallSid=CA7") == std::string::npos) return audio("a");
    CHECK(rig.vendor.longest_ms() == limits::kRecordingFetchMs);
    rig.engine.clock().advance_ms(60'000);
    return status(200, {{"content-type", "application/json"}}, R"({"recordings":[{"sid":"RE9"}]})");
  });
  rig.start();
  rig.tell_call(7, false);
  rig.ask("CA7");
  CHECK(rig.becomes("CA7", RecordingStatus::kept));
  CHECK(rig.vendor.longest_ms() == limits::kRecordingFetchMs - 60'000);
}

TEST_CASE("what nobody can fetch is given up after some attempts, and whoever asks may still try") {
  RecordingRig rig({.always = true});
  rig.vendor.says([](const std::string&) { return status(404); });
  rig.start();
  rig.tell_conversation(1);
  for (int i = 1; i <= limits::kRecordingAttempts; ++i) {
    REQUIRE(eventually([&] {
      auto row = rig.row("conv_1");
      return row && row->attempts == i;
    }));
    rig.engine.clock().advance_ms(rig.row("conv_1")->next_ms - rig.engine.clock().now_ms());
  }
  CHECK(rig.row("conv_1")->given_up);
  CHECK(rig.vendor.asked().size() == static_cast<size_t>(limits::kRecordingAttempts));
  rig.vendor.says([](const std::string&) { return audio("late"); });
  // Whoever asks while the last attempt is just ending is told of that one.
  CHECK(eventually([&] { return rig.ask("conv_1") && rig.kept("conv_1") == mp3("late"); }));
}

TEST_CASE("audio that a webhook brings is kept without asking for it, however large it is") {
  for (bool in_blob : {false, true}) {
    RecordingRig rig;
    rig.start();
    // "ID3" and 300 000 times three bytes.
    std::string base64 = "SUQz";
    for (int i = 0; i < 300'000 && (in_blob || i < 30); ++i) base64 += "YWJj";
    rig.tell_audio(1, base64, in_blob);
    REQUIRE(rig.becomes("conv_1", RecordingStatus::kept));
    std::string body = rig.kept("conv_1");
    CHECK(body.size() == base64.size() / 4 * 3);
    CHECK(body.starts_with("ID3abcabc"));
    CHECK(body.ends_with("abcabc"));
    rig.tell_conversation(1);
    CHECK(rig.ask("conv_1"));
    CHECK(rig.vendor.asked().empty());
  }
}

TEST_CASE("audio in a webhook that is none is fetched instead, for whoever asks") {
  RecordingRig rig;
  rig.vendor.says([](const std::string&) { return audio("a"); });
  rig.start();
  rig.tell_audio(1, "no base64!");
  REQUIRE(eventually([&] { return rig.row("conv_1")->told_seq == 0; }));
  CHECK(rig.row("conv_1")->status == RecordingStatus::known);
  CHECK(rig.vendor.asked().empty());
  CHECK(rig.ask("conv_1"));
  CHECK(rig.kept("conv_1") == mp3("a"));
}

TEST_CASE("a recording that no webhook named is looked for by its call, once somebody asks") {
  RecordingRig rig;
  rig.vendor.says([](const std::string& target) {
    if (target.find("CallSid=CA7") == std::string::npos) return audio(target.substr(target.rfind('/')));
    return status(200, {{"content-type", "application/json"}}, R"({"recordings":[{"sid":"RE9"},{"sid":"RE10"}]})");
  });
  rig.start();
  rig.tell_call(7, false);
  rig.tell_call(8, false);
  CHECK_FALSE(rig.row("CA7"));
  CHECK(rig.ask("CA7"));
  CHECK(rig.kept("CA7") == mp3("/RE9.mp3"));
  CHECK(rig.row("CA7")->places["twilio"]["recording_sid"] == "RE9");
  CHECK(rig.engine.call("CA7")["has_recording"] == true);
  rig.vendor.says(
      [](const std::string&) { return status(200, {{"content-type", "application/json"}}, R"({"recordings":[]})"); });
  CHECK(rig.ask("CA8"));
  CHECK(rig.row("CA8")->code == "none");
}

TEST_CASE("what is kept goes when its time is over, from the row and from the disk, and is not fetched again") {
  RecordingRig rig;
  rig.engine.set_recordings({.keep_ms = 90 * kDayMs});
  rig.vendor.says([](const std::string& target) { return audio(target); });
  rig.start();
  rig.tell_conversation(1);
  CHECK(rig.ask("conv_1"));
  std::string first = rig.row("conv_1")->blob;
  rig.pass(89 * kDayMs);
  auto due = [&] { return next_due_ms(*rig.engine.store().read().value()).value_or(0); };
  REQUIRE(eventually([&] { return due() > rig.engine.clock().now_ms(); }));
  CHECK(rig.row("conv_1")->status == RecordingStatus::kept);
  rig.tell_conversation(2);
  CHECK(rig.ask("conv_2"));
  rig.pass(kDayMs);
  CHECK(rig.becomes("conv_1", RecordingStatus::expired));
  CHECK(eventually([&] { return !rig.has_file(first); }));
  CHECK(eventually([&] { return released_blobs(*rig.engine.store().read().value(), 9).empty(); }));
  CHECK(rig.kept("conv_2") == mp3("/v1/convai/conversations/conv_2/audio"));
  CHECK(rig.ask("conv_1"));
  rig.tell_audio(1, "SUQz");
  CHECK(rig.row("conv_1")->status == RecordingStatus::expired);
  CHECK(rig.vendor.asked().size() == 2);
}

TEST_CASE("equal audio of two calls is one file, which stays for the one that is kept longer") {
  RecordingRig rig;
  rig.engine.set_recordings({.keep_ms = 2 * kDayMs});
  rig.vendor.says([](const std::string&) { return audio("silence"); });
  rig.start();
  rig.tell_conversation(1);
  CHECK(rig.ask("conv_1"));
  rig.pass(kDayMs);
  rig.tell_conversation(2);
  CHECK(rig.ask("conv_2"));
  CHECK(rig.row("conv_1")->blob == rig.row("conv_2")->blob);
  rig.pass(kDayMs);
  CHECK(rig.becomes("conv_1", RecordingStatus::expired));
  CHECK(rig.kept("conv_2") == mp3("silence"));
  std::string blob = rig.row("conv_2")->blob;
  rig.pass(kDayMs);
  CHECK(rig.becomes("conv_2", RecordingStatus::expired));
  CHECK(eventually([&] { return !rig.has_file(blob); }));
}

TEST_CASE("the provider's own recording is deleted once ours is kept, if it should be and can be") {
  RecordingRig rig;
  rig.engine.set_recordings({.delete_at_provider = true});
  rig.vendor.says([](const std::string& target) {
    return target.starts_with("/v1") || target.ends_with("RE7.mp3") ? audio(target) : status(404);
  });
  rig.start();
  rig.tell_conversation(1);
  rig.tell_call(7, true);
  rig.tell_call(8, true);
  for (const char* id : {"conv_1", "CA7", "CA8"}) CHECK(rig.ask(id));
  auto deletions = rig.deletions();
  REQUIRE(deletions.size() == 1);
  CHECK(deletions[0]["source"] == "twilio");
  CHECK(deletions[0]["params"]["external_ids"]["recording_sid"] == "RE7");
}

TEST_CASE("of somebody who is erased while their recording is fetched nothing is kept") {
  RecordingRig rig;
  rig.vendor.says([](const std::string&) { return audio("a"); });
  rig.vendor.hold();
  rig.start();
  rig.tell_call(7, true);
  auto asker = std::async(std::launch::async, [&] { return rig.ask("CA7"); });
  REQUIRE(eventually([&] { return rig.vendor.waiting() == 1; }));
  rig.engine.command("erasure.start", {{"of", "phone"}, {"phone", "+40722000001"}});
  REQUIRE(eventually([&] {
    rig.pass(1);
    return rig.call_id("CA7").empty();
  }));
  const uint64_t before = rig.engine.log().last_seq();
  rig.vendor.go();
  CHECK(asker.get());
  CHECK_FALSE(rig.has_any_file());
  auto is_recording = [](const RecordView& record) { return record.header(":name") == "recording"; };
  CHECK(rig.engine.log().read(before + 1, SIZE_MAX, [&](const RecordView& record) {
    CHECK_FALSE(is_recording(record));
    return true;
  }));
}

TEST_CASE("the file of a recording whose call is gone is removed") {
  RecordingRig rig;
  rig.start();
  auto blob = rig.blobs->create().value();
  REQUIRE(blob->write(mp3("a")));
  NewRecord record;
  record.kind = RecordKind::result;
  record.time_ms = rig.engine.clock().now_ms();
  record.source = "elevenlabs";
  record.headers = {{":name", "recording"}, {":call", "call_0123456789abcdef01234567"}, {"content-type", "audio/mpeg"}};
  record.blob_bytes = 4;
  record.blob = blob->finish().value();
  REQUIRE(rig.engine.log().append_and_wait(std::move(record)));
  CHECK(eventually([&] { return !rig.has_any_file(); }));
}

TEST_CASE("while the data directory is not in place nothing is fetched or removed, and it goes on when it is back") {
  RecordingRig rig({.always = true});
  rig.vendor.says([](const std::string&) { return audio("a"); });
  rig.in_place = false;
  rig.start();
  auto blob = rig.blobs->create().value();
  REQUIRE(blob->write(mp3("b")));
  NewRecord record;
  record.kind = RecordKind::result;
  record.time_ms = rig.engine.clock().now_ms();
  record.source = "elevenlabs";
  record.headers = {{":name", "recording"}, {":call", "call_0123456789abcdef01234567"}, {"content-type", "audio/mpeg"}};
  record.blob_bytes = 4;
  const std::string name = blob->finish().value();
  record.blob = name;
  REQUIRE(rig.engine.log().append_and_wait(std::move(record)));
  rig.tell_conversation(1);
  const int looks = rig.looks;
  REQUIRE(eventually([&] { return rig.looks > looks + 2; }));
  CHECK(rig.vendor.asked().empty());
  CHECK(rig.has_file(name));
  rig.in_place = true;
  REQUIRE(rig.becomes("conv_1", RecordingStatus::kept));
  CHECK(eventually([&] { return !rig.has_file(name); }));
}

TEST_CASE("what was under way when the engine ended is fetched by the next one") {
  RecordingRig rig({.always = true});
  rig.vendor.says([](const std::string&) { return audio("a"); });
  rig.vendor.hold();
  rig.start();
  rig.tell_conversation(1);
  REQUIRE(eventually([&] { return rig.vendor.waiting() == 1; }));
  rig.stop();
  CHECK(rig.row("conv_1")->status == RecordingStatus::known);
  rig.vendor.go();
  rig.restart();
  REQUIRE(rig.becomes("conv_1", RecordingStatus::kept));
  CHECK(rig.kept("conv_1") == mp3("a"));
}

}  // namespace
}  // namespace hookswitch::test
