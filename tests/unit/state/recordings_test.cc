#include "engine/state/recordings.h"

#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

const std::string kBlob(64, 'a'), kOther(64, 'b');

Recording known(const std::string& call, const Json& places = {{"twilio", {{"recording_sid", "RE1"}}}}) {
  Recording out;
  out.call = call;
  out.places = places;
  return out;
}

Recording kept(const std::string& call, const std::string& blob, int64_t kept_ms) {
  Recording out = known(call);
  out.status = RecordingStatus::kept;
  out.blob = blob;
  out.type = "audio/mpeg";
  out.bytes = 7;
  out.source = "twilio";
  out.kept_ms = kept_ms;
  return out;
}

TEST_CASE("a recording is found as it was put") {
  TempStore store;
  Recording recording = kept("c1", kBlob, 5);
  recording.code = "none";
  recording.reason = "a reason";
  recording.attempts = 3;
  recording.next_ms = -4;
  recording.given_up = true;
  recording.told_seq = 9;
  recording.told_index = 2;
  store.write([&](Writer& writer) { put_recording(writer, recording); });
  CHECK(find_recording(*store.read(), "c1") == recording);
  CHECK_FALSE(find_recording(*store.read(), "c2"));
  store.write([&](Writer& writer) { CHECK(remove_recording(writer, "c1")); });
  CHECK_FALSE(find_recording(*store.read(), "c1"));
  CHECK(released_blobs(*store.read(), 9) == std::vector{kBlob});
}

TEST_CASE("what is to be tried comes in the order of its time, and what is given up does not come") {
  TempStore store;
  store.write([](Writer& writer) {
    Recording later = known("later"), never = known("never"), soon = known("soon");
    later.next_ms = 100;
    soon.status = RecordingStatus::failed;
    soon.next_ms = 50;
    never.given_up = true;
    for (const Recording& each : {later, never, soon, known("now"), known("nowhere", Json::object())})
      put_recording(writer, each);
  });
  auto reader = store.read();
  CHECK(due_recordings(*reader, 49, 9) == std::vector<std::string>{"now"});
  CHECK(due_recordings(*reader, 100, 9) == std::vector<std::string>{"now", "soon", "later"});
  CHECK(due_recordings(*reader, 100, 2).size() == 2);
  CHECK(next_recording_ms(*reader, 50) == 100);
  CHECK_FALSE(next_recording_ms(*reader, 100));
}

TEST_CASE("what is kept waits for nothing and is found by its age") {
  TempStore store;
  store.write([](Writer& writer) {
    Recording told = known("c1");
    told.told_seq = 3;
    put_recording(writer, told);
    CHECK(told_recordings(writer, 9) == std::vector<std::string>{"c1"});
    put_recording(writer, kept("c1", kBlob, 20));
    put_recording(writer, kept("c2", kOther, 10));
  });
  auto reader = store.read();
  CHECK(told_recordings(*reader, 9).empty());
  CHECK(due_recordings(*reader, INT64_MAX - 1, 9).empty());
  CHECK(recordings_kept_before(*reader, 20, 9) == std::vector<std::string>{"c2"});
  CHECK(recordings_kept_before(*reader, 21, 9) == std::vector<std::string>{"c2", "c1"});
  CHECK(oldest_recording_ms(*reader) == 10);
}

TEST_CASE("a file that two calls have goes with the last of them") {
  TempStore store;
  store.write([](Writer& writer) {
    put_recording(writer, kept("c1", kBlob, 1));
    put_recording(writer, kept("c2", kBlob, 1));
    remove_recording(writer, "c1");
    CHECK(holds_blob(writer, kBlob));
    CHECK(released_blobs(writer, 9).empty());
    Recording over = kept("c2", "", 1);
    over.status = RecordingStatus::expired;
    put_recording(writer, over);
    CHECK_FALSE(holds_blob(writer, kBlob));
    CHECK(released_blobs(writer, 9) == std::vector{kBlob});
    put_recording(writer, kept("c3", kBlob, 2));
    CHECK(released_blobs(writer, 9).empty());
    remove_recording(writer, "c3");
    forget_released_blob(writer, kBlob);
  });
  CHECK(released_blobs(*store.read(), 9).empty());
}

TEST_CASE("when two calls are one, what is kept stays kept and the places of both are known, in whatever order") {
  for (bool turned : {false, true}) {
    TempStore store;
    store.write([&](Writer& writer) {
      Recording other =
          known("from", {{"elevenlabs", {{"conversation_id", "conv"}}}, {"twilio", {{"recording_sid", "RE0"}}}});
      Recording ours = kept("to", kBlob, 1);
      if (turned) std::swap(ours.call, other.call);
      put_recording(writer, ours);
      put_recording(writer, other);
      move_recording(writer, "from", "to");
    });
    auto whole = find_recording(*store.read(), "to");
    REQUIRE(whole);
    CHECK(whole->blob == kBlob);
    CHECK(whole->status == RecordingStatus::kept);
    CHECK(whole->places == Json{{"elevenlabs", {{"conversation_id", "conv"}}}, {"twilio", {{"recording_sid", "RE0"}}}});
    CHECK_FALSE(find_recording(*store.read(), "from"));
    CHECK(holds_blob(*store.read(), kBlob));
    CHECK(released_blobs(*store.read(), 9).empty());
  }
}

TEST_CASE("of two that are kept the other's file goes") {
  TempStore store;
  store.write([](Writer& writer) {
    put_recording(writer, kept("from", kOther, 1));
    put_recording(writer, kept("to", kBlob, 2));
    move_recording(writer, "from", "to");
  });
  CHECK(find_recording(*store.read(), "to")->blob == kBlob);
  CHECK(released_blobs(*store.read(), 9) == std::vector{kOther});
}

}  // namespace
}  // namespace hookswitch
