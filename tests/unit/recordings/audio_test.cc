// What is audio and what only says so, and audio that came as text.
#include <catch2/catch.hpp>
#include <string>

#include "engine/recordings/audio_sink.h"
#include "engine/recordings/audio_type.h"
#include "engine/recordings/base64_stream.h"
#include "tests/support/temp_dir.h"

namespace hookswitch::test {
namespace {

std::string decoded(const std::string& text, size_t piece) {
  Base64Stream stream;
  std::string out;
  for (size_t at = 0; at < text.size(); at += piece) {
    auto bytes = stream.feed(std::string_view(text).substr(at, piece));
    if (!bytes) return "wrong";
    out += *bytes;
  }
  return stream.finish() ? out : "cut";
}

TEST_CASE("audio is what says so and does not look like a page; what says nothing is known by its first bytes") {
  CHECK(audio_type("audio/mpeg", "ID3") == "audio/mpeg");
  CHECK(audio_type("Audio/X-WAV; rate=8000", "RIFF") == "audio/x-wav");
  CHECK(audio_type("audio/mp3", "\xff\xfb\x90") == "audio/mpeg");
  CHECK(audio_type("application/octet-stream", "ID3\x04") == "audio/mpeg");
  CHECK(audio_type("", "\xff\xfb\x90") == "audio/mpeg");
  CHECK(audio_type("", std::string("RIFF\x01\x02\x03\x04WAVEfmt ")) == "audio/wav");
  CHECK(audio_type("binary/octet-stream", "OggS") == "audio/ogg");
  CHECK_FALSE(audio_type("text/html", "<html>"));
  CHECK_FALSE(audio_type("text/html", "ID3"));
  CHECK_FALSE(audio_type("audio/mpeg", "<!doctype html>"));
  CHECK_FALSE(audio_type("audio/mpeg", "  {\"detail\":1}"));
  CHECK_FALSE(audio_type("audio/mpeg\r\nSet-Cookie: a", "ID3"));
  CHECK_FALSE(audio_type("audio/" + std::string(100, 'a'), "ID3"));
  CHECK_FALSE(audio_type("", "hello"));
  CHECK_FALSE(audio_type("application/json", "{}"));
}

TEST_CASE("base64 is decoded the same in whatever pieces it comes") {
  for (size_t piece : {1, 2, 3, 4, 5, 64}) {
    CHECK(decoded("", piece) == "");
    CHECK(decoded("Zg==", piece) == "f");
    CHECK(decoded("Zm8=", piece) == "fo");
    CHECK(decoded("Zm9vYmFy", piece) == "foobar");
    CHECK(decoded("+/+/", piece) == "\xfb\xff\xbf");
    CHECK(decoded("+\\/+\\/", piece) == "\xfb\xff\xbf");
    CHECK(decoded("Zm9", piece) == "cut");
    CHECK(decoded("Zm9vY", piece) == "cut");
    CHECK(decoded("Zm9v\\", piece) == "cut");
    for (const char* wrong : {"Zm9v!", "Z===", "=", "Zg==Zg==", "Zg=a", "Zm\n9", "Zm-_", "Zm9\\n", "Zm8\\="}) {
      INFO(wrong << " in pieces of " << piece);
      CHECK(decoded(wrong, piece) == "wrong");
    }
  }
}

TEST_CASE("a recording may be as long as the bound, and not a byte longer") {
  TempDir dir;
  auto blobs = Blobs::open(dir.path() + "/blobs").value();
  AudioSink sink(blobs->create().value(), 8);
  CHECK(sink.take("12345"));
  CHECK(sink.take("678"));
  CHECK_FALSE(sink.too_large());
  CHECK_FALSE(sink.take("9"));
  CHECK(sink.too_large());
  CHECK(sink.bytes() == 8);
  CHECK(sink.head() == "12345678");
}

}  // namespace
}  // namespace hookswitch::test
