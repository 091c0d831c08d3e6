#include <catch2/catch.hpp>

#include "tests/unit/config/reading.h"

using namespace hookswitch;
using hookswitch::test::all;
using hookswitch::test::read;

TEST_CASE("requests to the outside have a proxy, certificates, a timeout and a pace for each source") {
  auto reading = read(R"(
sources: {a: {provider: x}, b: {provider: x}}
calling: {concurrency: 7, per_second: 3}
outbound: {proxy: "http://proxy:3128", ca_file: ca.pem, timeout: 5s, sources: {a: {per_second: 0.5}}}
)");
  INFO(all(reading.errors));
  REQUIRE(reading.ok());
  const OutboundConfig& outbound = reading.config.outbound;
  CHECK(outbound.proxy == "http://proxy:3128");
  CHECK(outbound.ca_file == "ca.pem");
  CHECK(outbound.timeout_ms == 5'000);
  CHECK(outbound.sources.at("a").per_second == 0.5);
  CHECK(outbound.sources.at("a").concurrency == 7);
  CHECK_FALSE(outbound.sources.contains("b"));
}

TEST_CASE("a pace for a source that is none is refused with the one that may be meant") {
  auto reading = read("sources: {twilio: {provider: x}}\noutbound: {sources: {twillio: {per_second: 1}}}");
  INFO(all(reading.errors));
  REQUIRE(reading.errors.size() == 1);
  CHECK(reading.errors[0].find("test.yaml:2: outbound.sources.twillio: found no source of this name, expected one of "
                               "twilio (did you mean twilio?)") != std::string::npos);
}

TEST_CASE("a sink is a file or a URL") {
  auto reading = read(R"(
sources: {}
sinks:
  call_log: {file: data/calls.jsonl, rotate: 1MiB, keep: 3}
  crm: {url: "https://crm.example.com/in", secret: "${env:SECRET}"}
)",
                      {{"SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}});
  INFO(all(reading.errors));
  REQUIRE(reading.ok());
  const SinkConfig& file = reading.config.sinks.at("call_log");
  CHECK(file.file == "data/calls.jsonl");
  CHECK(file.rotate_bytes == limits::kMiB);
  CHECK(file.keep == 3);
  CHECK(reading.config.sinks.at("crm").secret == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
}

TEST_CASE("what is wrong with sinks and paces is said all at once, without secrets") {
  auto reading = read(R"(
sources: {a: {provider: x}}
outbound: {timeout: 0s, sources: {a: {concurrency: 0}}}
sinks:
  "No Name": {file: x}
  neither: {}
  both: {file: b, url: "https://example.com"}
  strange: {url: "ftp://example.com"}
  web: {url: "https://example.com", rotate: 1MiB}
  file: {file: f, secret: hunter2}
  broken: {url: "https://example.com", secret: "whsec_hunter2!"}
  typo: {file: t, rotat: 1MiB}
)");
  std::string errors = all(reading.errors);
  INFO(errors);
  CHECK(reading.errors.size() == 10);
  for (const char* part : {"timeout", "concurrency", "No Name", "sinks.neither", "sinks.both", "sinks.strange.url",
                           "sinks.web.rotate", "sinks.file.secret", "sinks.broken.secret", "rotat"}) {
    INFO(part);
    CHECK(errors.find(part) != std::string::npos);
  }
  CHECK(errors.find("hunter2") == std::string::npos);
}
