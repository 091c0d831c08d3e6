#include "engine/state/recordings.h"
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

constexpr const char* kPath = "/api/v1/calls/c1/recording";

struct Recorded : ApiFixture {
  Recorded() { put_call("c1"); }
  std::string blob = add_blob("0123456789");

  void put(RecordingStatus status, const std::function<void(Recording&)>& change = {}) {
    Recording recording;
    recording.call = "c1";
    recording.status = status;
    if (change) change(recording);
    write([&](Writer& writer) { put_recording(writer, recording); });
  }
  void keep() {
    put(RecordingStatus::kept, [this](Recording& recording) {
      recording.blob = blob;
      recording.type = "audio/mpeg";
      recording.bytes = 10;
    });
  }
  void fail(const std::string& code, int64_t after_ms) {
    put(RecordingStatus::failed, [&](Recording& recording) {
      recording.code = code;
      recording.reason = "the provider would not";
      recording.next_ms = kNow + after_ms;
    });
  }
};

}  // namespace

TEST_CASE("a kept recording is served whole or by ranges, and nobody is asked for it") {
  Recorded f;
  f.keep();
  Reply whole = f.get(kPath, "viewer");
  CHECK(whole.status == 200);
  CHECK(whole.text == "0123456789");
  CHECK(whole.headers["content-type"] == "audio/mpeg");
  CHECK(whole.headers["accept-ranges"] == "bytes");
  CHECK(whole.headers["cache-control"] == "private, no-cache");
  CHECK(whole.headers["content-security-policy"].find("sandbox") != std::string::npos);
  CHECK(whole.headers["etag"] == "\"" + f.blob + "\"");
  Reply part = f.get(kPath, "bound", {{"range", "bytes=2-5"}});
  CHECK(part.status == 206);
  CHECK(part.text == "2345");
  CHECK(part.headers["content-range"] == "bytes 2-5/10");
  Reply beyond = f.get(kPath, "viewer", {{"range", "bytes=10-"}});
  CHECK(beyond.status == 416);
  CHECK(beyond.headers["content-range"] == "bytes */10");
  CHECK(f.get(kPath, "viewer", {{"range", "bytes=0-1,4-5"}}).status == 200);
  CHECK(f.get(kPath, "viewer", {{"if-none-match", whole.headers["etag"]}}).status == 304);
  CHECK(f.get(kPath, "viewer", {{"range", "bytes=0-1"}, {"if-range", whole.headers["etag"]}}).text == "01");
  CHECK(f.get(kPath, "viewer", {{"range", "bytes=0-1"}, {"if-range", "\"x\""}}).text == "0123456789");
  CHECK(f.get("/api/v1/calls/conv_c1/recording").status == 200);
  CHECK(f.recordings_asked.empty());
}

TEST_CASE("another tenant's recording is not there, and asking for it asks nobody") {
  Recorded f;
  f.put_call("theirs", {{CallField::tenant, std::string("B2/L2")}});
  CHECK(f.get("/api/v1/calls/theirs/recording", "bound").status == 404);
  CHECK(f.get("/api/v1/calls/none/recording").status == 404);
  CHECK(f.get(kPath, "").status == 401);
  CHECK(f.recordings_asked.empty());
}

TEST_CASE("the provider is asked for what is not kept, and whoever asks gets what came of it") {
  Recorded f;
  f.fetch = [&] {
    f.keep();
    return true;
  };
  Reply fetched = f.get(kPath, "viewer", {{"range", "bytes=-1"}});
  CHECK(fetched.status == 206);
  CHECK(fetched.text == "9");
  CHECK(f.recordings_asked == std::vector<std::string>{"c1"});
}

TEST_CASE("what takes longer is to be asked for again") {
  Recorded f;
  Reply later = f.get(kPath);
  CHECK(later.status == 202);
  CHECK(later.json["status"] == "fetching");
  CHECK(later.headers["retry-after"] == "2");
  CHECK(later.headers["cache-control"] == "no-store");
  f.fetch = [] { return true; };
  CHECK(f.get(kPath).status == 503);
}

TEST_CASE("what could not be fetched says why and when to come again, and nobody is asked before") {
  Recorded f;
  f.fail("none", 60'000);
  CHECK(f.get(kPath).status == 404);
  f.fail("limited", 60'000);
  Reply limited = f.get(kPath);
  CHECK(limited.status == 503);
  CHECK(limited.headers["retry-after"] == "60");
  CHECK(limited.json["detail"].get<std::string>().find("the provider would not") != std::string::npos);
  f.fail("wrong_type", 60'000);
  CHECK(f.get(kPath).status == 502);
  CHECK(f.recordings_asked.empty());
  f.fail("limited", 0);
  CHECK(f.get(kPath).status == 202);
  CHECK(f.recordings_asked.size() == 1);
}

TEST_CASE("what was not recorded, is no longer kept or was erased is not asked for") {
  Recorded f;
  f.put_call("c1", {{CallField::has_recording, false}});
  CHECK(f.get(kPath).status == 404);
  f.put(RecordingStatus::expired);
  CHECK(f.get(kPath).status == 410);
  f.put(RecordingStatus::erased);
  CHECK(f.get(kPath).status == 410);
  CHECK(f.recordings_asked.empty());
}

TEST_CASE("a kept recording whose file is gone is our mistake, and does not say where it was") {
  Recorded f;
  f.put(RecordingStatus::kept, [](Recording& recording) {
    recording.blob = std::string(64, 'a');
    recording.type = "audio/mpeg";
  });
  Reply gone = f.get(kPath);
  CHECK(gone.status == 500);
  CHECK(gone.text.find("blobs") == std::string::npos);
}
