#include "tests/unit/recordings/rig.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <future>

#include "engine/state/actions.h"
#include "engine/state/call_ids.h"

namespace hookswitch::test {
namespace {

const char* kElevenLabs = R"({"webhook_secret":"s","api_key":"k","api_base":"https://api.example.com"})";
const char* kTwilio =
    R"({"account_sid":"AC00000000000000000000000000000000","auth_token":"t","api_base":"https://api.example.com"})";
constexpr size_t kPiece = 1000;

}  // namespace

std::string mp3(const std::string& rest) { return "ID3" + rest; }

HttpResult audio(const std::string& rest, const std::string& type) {
  return HttpResponse{200, {{"content-type", type}}, mp3(rest)};
}

HttpResult status(int code, HeaderList headers, const std::string& body) {
  return HttpResponse{code, std::move(headers), body};
}

void Vendor::says(Says says) {
  std::lock_guard lock(mutex_);
  says_ = std::move(says);
}

void Vendor::hold() {
  std::lock_guard lock(mutex_);
  held_ = true;
}

void Vendor::go() {
  std::vector<std::pair<HttpAsk, Done>> waiting;
  {
    std::lock_guard lock(mutex_);
    held_ = false;
    waiting.swap(waiting_);
  }
  for (auto& [ask, done] : waiting) answer(std::move(ask), std::move(done));
}

std::vector<std::string> Vendor::asked() const {
  std::lock_guard lock(mutex_);
  return asked_;
}

size_t Vendor::waiting() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

int64_t Vendor::timeout_ms() const {
  std::lock_guard lock(mutex_);
  return timeout_ms_;
}

int64_t Vendor::longest_ms() const {
  std::lock_guard lock(mutex_);
  return longest_ms_;
}

void Vendor::send(HttpAsk ask, Done done) {
  {
    std::lock_guard lock(mutex_);
    timeout_ms_ = ask.timeout_ms;
    longest_ms_ = ask.longest_ms;
    asked_.push_back(ask.request.url.substr(ask.request.url.find('/', 8)));
    if (held_) return void(waiting_.emplace_back(std::move(ask), std::move(done)));
  }
  answer(std::move(ask), std::move(done));
}

void Vendor::answer(HttpAsk ask, Done done) {
  Says says;
  {
    std::lock_guard lock(mutex_);
    says = says_;
  }
  HttpResult result = says ? says(ask.request.url.substr(ask.request.url.find('/', 8))) : status(404);
  if (result && result->status == 200 && ask.on_body) {
    std::string body = std::exchange(result->body, "");
    for (size_t at = 0; at < body.size(); at += kPiece) {
      if (ask.on_body(std::string_view(body).substr(at, kPiece))) continue;
      return done(std::unexpected(HttpFailure{"whoever takes the answer gave it up"}));
    }
  }
  done(std::move(result));
}

RecordingRig::RecordingRig(RecordingOptions options) : options_(options) {
  engine.sources().put(engine.providers().create_source("elevenlabs", "elevenlabs", kElevenLabs).value());
  engine.sources().put(engine.providers().create_source("twilio", "twilio", kTwilio).value());
  blobs = Blobs::open(engine.dir().path() + "/blobs").value();
}

RecordingRig::~RecordingRig() {
  vendor.go();
  stop();
}

void RecordingRig::start() {
  RecordingParts parts{.log = engine.log(),
                       .store = engine.store(),
                       .blobs = *blobs,
                       .sources = engine.sources(),
                       .decoder = engine.decoder(),
                       .http = vendor,
                       .metrics = metrics,
                       .clock = engine.clock(),
                       .position = [this] { return engine.processor().status().position; },
                       .in_place =
                           [this] {
                             ++looks;
                             return in_place.load();
                           }};
  recordings_ = std::make_unique<Recordings>(std::move(parts), options_);
  recordings_->start();
  ringing_ = true;
  ringer_ = std::thread([this] {
    for (; ringing_; std::this_thread::sleep_for(std::chrono::milliseconds(1))) recordings_->wake();
  });
}

void RecordingRig::stop() {
  if (!ringing_) return;
  ringing_ = false;
  ringer_.join();
  recordings_.reset();
}

void RecordingRig::restart() {
  stop();
  engine.restart();
  start();
}

void RecordingRig::tell_conversation(int n, bool has_audio) {
  Json data{{"agent_id", "xyz"},
            {"conversation_id", fmt::format("conv_{}", n)},
            {"status", "done"},
            {"has_audio", has_audio},
            {"transcript", Json::array()},
            {"metadata", {{"start_time_unix_secs", 1'766'000'000 + n}, {"call_duration_secs", 5}}}};
  engine.deliver(
      "elevenlabs", "",
      dump(Json{{"type", "post_call_transcription"}, {"event_timestamp", 1'766'000'010 + n}, {"data", data}}));
  engine.settle();
}

void RecordingRig::tell_audio(int n, const std::string& base64, bool in_blob) {
  std::string body = fmt::format(R"({{"type":"post_call_audio","event_timestamp":1766000020,"data":{{"agent_id":"xyz",)"
                                 R"("conversation_id":"conv_{}","full_audio":"{}"}}}})",
                                 n, base64);
  if (!in_blob) {
    engine.deliver("elevenlabs", "", body);
    return engine.settle();
  }
  auto blob = blobs->create().value();
  REQUIRE(blob->write(body));
  NewRecord record;
  record.time_ms = engine.clock().now_ms();
  record.source = "elevenlabs";
  record.headers = {{":path", "/hooks/elevenlabs"}, {"content-type", "application/json"}};
  record.blob_bytes = body.size();
  record.blob = blob->finish().value();
  REQUIRE(engine.log().append_and_wait(std::move(record)));
  engine.settle();
}

void RecordingRig::tell_call(int n, bool recorded) {
  std::string form = fmt::format(
      "AccountSid=AC00000000000000000000000000000000&CallSid=CA{}&CallStatus=completed&SequenceNumber=3"
      "&Direction=inbound&From=%2B40722000001&To=%2B15551230000&CallDuration=7&Timestamp=Wed%2C+17+Dec+2025+19%3A33%"
      "3A20+%2B0000",
      n);
  if (recorded) form += fmt::format("&RecordingSid=RE{}&RecordingUrl=https%3A%2F%2Fapi.example.com%2FRE{}", n, n);
  engine.deliver("twilio", "status", form);
  engine.settle();
}

void RecordingRig::pass(int64_t ms) {
  engine.clock().advance_ms(ms);
  engine.log().wake();
}

bool RecordingRig::ask(const std::string& any_id) {
  auto said = std::make_shared<std::promise<bool>>();
  auto over = said->get_future();
  recordings_->ask(call_id(any_id), [said](bool tried) { said->set_value(tried); });
  REQUIRE(over.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  return over.get();
}

std::string RecordingRig::call_id(const std::string& any_id) {
  return resolve_call_id(*engine.store().read().value(), any_id).value_or("");
}

std::optional<Recording> RecordingRig::row(const std::string& any_id) {
  auto reader = engine.store().read().value();
  return find_recording(*reader, resolve_call_id(*reader, any_id).value_or(""));
}

bool RecordingRig::becomes(const std::string& any_id, RecordingStatus status) {
  return eventually([&] {
    auto found = row(any_id);
    return found && found->status == status;
  });
}

std::string RecordingRig::kept(const std::string& any_id) {
  auto found = row(any_id);
  if (!found || found->blob.empty()) return "";
  CHECK(found->status == RecordingStatus::kept);
  std::string body = blobs->read(found->blob).value();
  CHECK(body.size() == found->bytes);
  return body;
}

bool RecordingRig::has_file(const std::string& blob) const { return std::filesystem::exists(blobs->path(blob)); }

bool RecordingRig::has_any_file() const {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(engine.dir().path() + "/blobs")) {
    if (entry.is_regular_file()) return true;
  }
  return false;
}

std::vector<Json> RecordingRig::deletions() {
  std::vector<Json> out;
  auto reader = engine.store().read().value();
  reader->scan_prefix(Table::actions, "a", [&](std::string_view key, std::string_view) {
    auto action = find_action(*reader, key.substr(1));
    if (action && action->type == "delete_recording") out.push_back(action->to_json());
    return true;
  });
  return out;
}

}  // namespace hookswitch::test
