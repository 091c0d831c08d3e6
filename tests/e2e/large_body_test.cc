// Bodies that arrive for a long time: large ones, and slow ones.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/engine_process.h"
#include "tests/support/raw_post.h"

namespace hookswitch::test {
namespace {

constexpr size_t kAudioBytes = 50'000'000;
constexpr int kWarmUp = 3;
constexpr size_t kPieceBytes = 61'440;

size_t resident_bytes(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6)) * 1024;
  }
  return 0;
}

std::string audio(const std::string& conversation) {
  return fmt::format(
      R"({{"type":"post_call_audio","event_timestamp":1739537319,"data":{{"agent_id":"xyz","conversation_id":"{}",)"
      R"("full_audio":"{}"}}}})",
      conversation, std::string(kAudioBytes, 'A'));
}

std::string headers(const std::string& body, const std::string& framing) {
  return fmt::format("Content-Type: application/json\r\nElevenLabs-Signature: {}\r\n{}\r\n",
                     elevenlabs_signature(kElevenLabsSecret, body, now_secs()), framing);
}

// Sends it chunked; the most memory that the engine had meanwhile goes to `peak`.
int post_chunked(EngineProcess& engine, const std::string& body, size_t& peak) {
  RawPost post(engine.port(), "/hooks/elevenlabs", headers(body, "Transfer-Encoding: chunked"));
  for (size_t at = 0; at < body.size(); at += kPieceBytes) {
    post.send_chunk(std::string_view(body).substr(at, kPieceBytes));
    peak = std::max(peak, resident_bytes(engine.pid()));
  }
  post.end_chunks();
  int status = post.status();
  bool settled = engine.settle();
  peak = std::max(peak, resident_bytes(engine.pid()));
  return settled ? status : 0;
}

}  // namespace

TEST_CASE("50 MB of audio in chunks are taken without holding them in memory") {
  EngineProcess engine("limits: {body: 64MiB}");
  engine.start();
  size_t before = 0, peak = 0;  // what the engine has in use once it has seen such bodies, and the next one
  for (int i = 0; i < kWarmUp; ++i) REQUIRE(post_chunked(engine, audio(fmt::format("conv_{}", i)), before) == 200);
  REQUIRE(post_chunked(engine, audio("conv_last"), peak) == 200);
  Json call = engine.api("/calls/conv_last");
  REQUIRE(call["has_recording"] == true);
  REQUIRE(engine.api("/dead")["data"].empty());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(peak - std::min(peak, before) < 2'000'000);
#endif
}

TEST_CASE("a body over the configured bound is refused with 413, told or found out") {
  EngineProcess engine("limits: {body: 1MiB}");
  engine.start();
  std::string fits(1'048'576, ' '), over(1'048'577, ' ');
  CHECK(RawPost(engine.port(), "/hooks/elevenlabs", headers(over, "Content-Length: 1048577")).status() == 413);
  size_t unused = 0;
  CHECK(post_chunked(engine, over, unused) == 413);
  CHECK(engine.post_elevenlabs(fits)->status == 200);
}

TEST_CASE("a sender that stops in the middle is cut, and others are served meanwhile") {
  EngineProcess engine;
  engine.start();
  std::string body = fixture("elevenlabs/post_call_transcription.docs.json");
  RawPost stalled(engine.port(), "/hooks/elevenlabs", headers(body, fmt::format("Content-Length: {}", body.size())));
  REQUIRE(stalled.send(body.substr(0, 100)));
  REQUIRE(engine.post_elevenlabs(body)->status == 200);
  int status = stalled.status();
  CHECK((status == 408 || status == 0));
  REQUIRE(engine.settle());
  CHECK(engine.api("/events")["data"].size() == 1);
}

}  // namespace hookswitch::test
