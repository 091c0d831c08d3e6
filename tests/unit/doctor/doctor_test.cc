// Refused deliveries are kept within bounds, without secrets, and taken in once they are authentic.
#include "engine/doctor/doctor.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>

#include "tests/support/temp_dir.h"
#include "tests/unit/doctor/clinic.h"

using namespace hookswitch;
using namespace hookswitch::test;
namespace fs = std::filesystem;

namespace {

Verdict refused(const std::string& code) { return {.code = code, .reason = "because"}; }

Delivery delivery_of(const RefusedDelivery& from) {
  Delivery out;
  out.request.method = from.method;
  out.request.target = from.target;
  out.request.headers = from.headers;
  out.request.peer = from.peer;
  out.route = {from.source, from.kind};
  out.arrived_ms = from.time_ms;
  out.body = from.body;
  out.whole = true;
  return out;
}

struct Practice {
  explicit Practice(RefusalBounds bounds = {}) {
    LogOptions options{.dir = dir.path() + "/log", .blob_dir = dir.path() + "/blobs"};
    options.extend_bytes = 0;
    log = Log::open(options, clock).value();
    doctor = Doctor::start(dir.path() + "/refusals", clinic.around(), *log, clock, bounds).value();
  }
  void saw(const RefusedDelivery& refusal, const std::string& code = "signature_mismatch") {
    Delivery delivery = delivery_of(refusal);
    doctor->saw(delivery, refused(code));
  }
  Json list(const std::string& source = "") {
    std::promise<Result<Json>> said;
    doctor->list(source, 200, [&](Result<Json> json) { said.set_value(std::move(json)); });
    return said.get_future().get().value()["data"];
  }
  Json redrive(const Doctor::Choice& choice) {
    std::promise<Result<Json>> said;
    doctor->redrive(choice, [&](Result<Json> json) { said.set_value(std::move(json)); });
    return said.get_future().get().value();
  }

  TempDir dir;
  Clinic clinic;
  ManualClock clock{kArrivedMs};
  std::unique_ptr<Log> log;
  std::unique_ptr<Doctor> doctor;
};

const std::string kWrong = "https://calls.example.org/hooks/twilio/status";

}  // namespace

TEST_CASE("a refused delivery is listed with the setting that would accept it") {
  Practice practice;
  practice.saw(practice.clinic.twilio(kWrong));
  Json rows = practice.list();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["source"] == "twilio");
  CHECK(rows[0]["code"] == "signature_mismatch");
  CHECK(rows[0]["setting"] == "public_url");
  CHECK(rows[0]["value"] == "https://calls.example.org");
  CHECK(practice.list("elevenlabs").empty());
}

TEST_CASE("once the setting is right, redriving puts the delivery into the log and forgets it") {
  Practice practice;
  practice.saw(practice.clinic.twilio(kWrong));
  Json before = practice.redrive({});
  CHECK(before["redriven"].empty());
  CHECK(before["refused"][0]["code"] == "signature_mismatch");
  practice.clinic.public_url = "https://calls.example.org";
  practice.doctor.reset();
  practice.doctor =
      Doctor::start(practice.dir.path() + "/refusals", practice.clinic.around(), *practice.log, practice.clock).value();
  CHECK(practice.list()[0]["accepted_now"] == true);
  Json after = practice.redrive({.source = "twilio"});
  REQUIRE(after["redriven"].size() == 1);
  CHECK(after["redriven"][0]["seq"] == 1);
  CHECK(practice.list().empty());
  CHECK(practice.redrive({.ids = {1}})["refused"][0]["code"] == "not_found");
  CHECK(practice.log->read(1, 1, [](const RecordView& record) {
    CHECK(record.source == "twilio");
    CHECK(record.header(":path") == "/hooks/twilio/status");
    CHECK(record.header(":kind") == "status");
    CHECK(record.body == "CallSid=CA1&CallStatus=ringing&From=%2B12125550100");
    return false;
  }));
}

TEST_CASE("what is to be forgotten is told by the record that redriving would make of it") {
  Practice practice;
  practice.saw(practice.clinic.twilio(kWrong));
  practice.saw(practice.clinic.elevenlabs("{}"));
  std::vector<std::string> seen;
  auto forgotten = practice.doctor->forget([&](const RecordView& record) {
    seen.push_back(
        fmt::format("{} {} {} {}", record.source, record.header(":kind"), record.header(":path"), record.body));
    return record.source == "elevenlabs";
  });
  CHECK(forgotten.value() == 1);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0] == "twilio status /hooks/twilio/status CallSid=CA1&CallStatus=ringing&From=%2B12125550100");
  Json rows = practice.list();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["source"] == "twilio");
}

TEST_CASE("a time-bound signature is verified at the time of its arrival, however late it is redriven") {
  Practice practice;
  practice.saw(practice.clinic.elevenlabs("{}"), "plugin_error");
  practice.clock.advance_ms(86'400'000);
  CHECK(practice.redrive({})["redriven"].size() == 1);
}

TEST_CASE("values of headers that may be secrets are never written") {
  Practice practice;
  RefusedDelivery refusal = practice.clinic.twilio(kWrong);
  refusal.headers.emplace_back("authorization", "Basic c2VjcmV0");
  refusal.headers.emplace_back("x-init-secret", "hush hush");
  refusal.headers.emplace_back("cookie", "session=topsecret");
  practice.saw(refusal);
  CHECK(practice.list().size() == 1);
  int files = 0;
  for (const auto& entry : fs::directory_iterator(practice.dir.path() + "/refusals")) {
    std::string text = read_file(entry.path().string());
    for (const char* secret : {"c2VjcmV0", "hush hush", "topsecret", "token_one", "token_two"}) {
      CHECK_THAT(text, !Catch::Contains(secret));
    }
    CHECK_THAT(text, Catch::Contains("x-init-secret"));
    CHECK((fs::status(entry).permissions() & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
    ++files;
  }
  CHECK(files == 1);
}

TEST_CASE("a flood is sampled, and one client gets half of what its source may have") {
  Practice practice;
  RefusedDelivery refusal = practice.clinic.twilio(kWrong);
  refusal.peer = "203.0.113.1";
  for (int i = 0; i < 1'000; ++i) {
    practice.saw(refusal);
    if (i % 20 == 0) practice.list("nobody");  // waits until what was taken is written
  }
  CHECK(practice.list().size() == RefusalSampler::kFirst / 2);
  refusal.peer = "203.0.113.2";
  for (int i = 0; i < 1'000; ++i) {
    practice.saw(refusal);
    if (i % 20 == 0) practice.list("nobody");
  }
  CHECK(practice.list().size() == RefusalSampler::kFirst);
}

TEST_CASE("a body over its limit is not kept, one at the limit is") {
  Practice practice;
  practice.saw(practice.clinic.elevenlabs(std::string(limits::kRefusalBodyBytes, 'x')));
  practice.saw(practice.clinic.elevenlabs(std::string(limits::kRefusalBodyBytes + 1, 'x')));
  Json rows = practice.list();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["bytes"] == limits::kRefusalBodyBytes + 1);
  CHECK_THAT(rows[0]["advice"].get<std::string>(), Catch::Contains("too large to be kept"));
  CHECK(rows[1]["accepted_now"] == true);
  Json done = practice.redrive({.ids = {rows[0]["id"].get<uint64_t>()}});
  CHECK(done["refused"][0]["code"] == "too_large");
}

TEST_CASE("a body that was refused before its end is listed with its announced size, and what came of it is not kept") {
  Practice practice;
  Delivery delivery = delivery_of(practice.clinic.elevenlabs(std::string(1'000, 'x')));
  delivery.whole = false;
  delivery.request.has_body = true;
  delivery.request.content_length = 5'000'000;
  practice.doctor->saw(delivery, refused("missing_signature"));
  Json rows = practice.list();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["bytes"] == 5'000'000);
  Json done = practice.redrive({.ids = {rows[0]["id"].get<uint64_t>()}});
  CHECK(done["refused"][0]["code"] == "too_large");
}

TEST_CASE("what came for no source is not said to be too large, nor to have a wrong secret, once there is one") {
  Practice practice;
  Delivery delivery = delivery_of(practice.clinic.elevenlabs(std::string(260, 'x')));
  delivery.whole = false;
  delivery.body.clear();
  delivery.request.has_body = true;
  delivery.request.content_length = 260;
  practice.doctor->saw(delivery, {.code = "unknown_source", .reason = "there is no such source", .status = 404});
  Json rows = practice.list();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["advice"] == "Its body is not kept: there was no source elevenlabs when it came.");
  Json done = practice.redrive({});
  CHECK(done["refused"][0]["code"] == "not_kept");
  CHECK(done["refused"][0]["reason"] == "its body is not kept: there was no source elevenlabs when it came");
}

TEST_CASE("kept files are bounded in number and bytes, and a flood of one kind leaves the others") {
  TempDir dir;
  auto files = RefusalFiles::open(dir.path() + "/r", {.count = 10, .bytes = 50'000, .keep_ms = 1'000}).value();
  auto add = [&](const std::string& code, int64_t time_ms, size_t bytes) {
    RefusedDelivery refusal{
        .time_ms = time_ms, .source = "s", .code = code, .body = std::string(bytes, 'b'), .body_bytes = bytes};
    CHECK(files.add(refusal, time_ms));
    return refusal.id;
  };
  uint64_t rare = add("rare", 1'000, 10);
  for (int i = 0; i < 50; ++i) add("flood", 1'000, 10);
  CHECK(files.count() == 10);
  CHECK(files.find(rare));
  for (int i = 0; i < 9; ++i) add("flood", 1'000, 9'000);
  CHECK(files.bytes() <= 50'000);
  CHECK(files.find(rare));
  add("late", 2'001, 10);
  CHECK(files.count() == 1);
  CHECK_FALSE(files.find(rare));
}

TEST_CASE("a directory that takes the place of the own one is left alone") {
  TempDir dir;
  const std::string folder = dir.path() + "/r", away = dir.path() + "/away";
  auto files = RefusalFiles::open(folder).value();
  RefusedDelivery first{.time_ms = 5, .source = "s", .code = "c"}, second = first, third = first;
  REQUIRE(files.add(first, 5));
  fs::rename(folder, away);
  const std::string others = dir.write("r/000000000001.refusal", "of another engine");
  CHECK(files.add(second, 5));
  CHECK(files.find(first.id));
  files.remove(first.id);
  CHECK(read_file(others) == "of another engine");
  CHECK(std::distance(fs::directory_iterator(folder), fs::directory_iterator()) == 1);
  fs::remove_all(away);
  CHECK_FALSE(files.add(third, 5));
  CHECK(std::distance(fs::directory_iterator(folder), fs::directory_iterator()) == 1);
}

TEST_CASE("what was kept is there after a restart, and files that are none are removed") {
  TempDir dir;
  std::string folder = dir.path() + "/r";
  uint64_t id = 0;
  {
    auto files = RefusalFiles::open(folder).value();
    RefusedDelivery refusal{
        .time_ms = 5, .source = "s", .code = "c", .headers = {{"host", "h"}}, .body = "a\nb", .body_bytes = 3};
    CHECK(files.add(refusal, 5));
    id = refusal.id;
  }
  dir.write("r/000000000099.refusal", "no JSON\nbody");
  dir.write("r/rubbish", "");
  auto files = RefusalFiles::open(folder).value();
  CHECK(files.count() == 1);
  auto found = files.find(id);
  REQUIRE(found);
  CHECK(found->body == "a\nb");
  CHECK(found->header("host") == "h");
  CHECK_FALSE(fs::exists(folder + "/rubbish"));
}
