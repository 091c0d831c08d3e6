// What works on the data of a stopped engine does without the secrets of its sources, and only without those.
#include "engine/config/offline.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <fstream>

#include "engine/config/fingerprints.h"
#include "tests/unit/config/reading.h"

using namespace hookswitch;
using hookswitch::test::all;

namespace {

constexpr const char* kFile = "/tmp/hookswitch_offline_test.yaml";

const Environment kNothing = [](const std::string&) { return std::optional<std::string>(); };

ConfigReading read_offline(const std::string& text) {
  std::ofstream(kFile) << text;
  ConfigReading out = load_config_offline(kFile, kNothing);
  std::remove(kFile);
  return out;
}

Fingerprints fingerprints(const std::string& text, const std::string& value = "one") {
  std::ofstream(kFile) << text;
  Fingerprints out = fingerprints_of(kFile, [&](const std::string&) { return std::optional(value); });
  std::remove(kFile);
  return out;
}

}  // namespace

TEST_CASE("secrets of sources that cannot be read are warnings, and something stands in for them") {
  auto reading = read_offline(
      "sources:\n"
      "  one: {provider: p, webhook_secret: '${file:/run/credentials/none}', base: plain}\n"
      "  two: {provider: p, auth_token: ['${env:UNSET}']}\n"
      "sinks: {crm: {url: '${env:UNSET}', secret: '${env:UNSET}'}}\n"
      "auth: {jwt: {issuer: i, audience: a, keys: [{kid: k, alg: HS256, secret: '${env:UNSET}'}]}}\n");
  INFO(all(reading.errors));
  REQUIRE(reading.ok());
  REQUIRE(reading.warnings.size() == 2);
  CHECK(reading.warnings[0].find(":2: sources.one.webhook_secret: found no readable file /run/credentials/none") !=
        std::string::npos);
  REQUIRE(reading.config.sources.size() == 2);
  CHECK_FALSE(reading.config.sources[0].settings["webhook_secret"].get<std::string>().empty());
  CHECK(reading.config.sources[0].settings["base"] == "plain");
  CHECK_FALSE(reading.config.sources[1].settings["auth_token"][0].get<std::string>().empty());
  CHECK(reading.config.sinks.contains("crm"));
}

TEST_CASE("the key of encryption and the place of the data must be there all the same") {
  CHECK_FALSE(read_offline("sources: {}\nencryption: {key: '${file:/nonexistent}'}\n").ok());
  CHECK_FALSE(read_offline("sources: {}\ndata_dir: '${env:UNSET}'\n").ok());
  CHECK_FALSE(read_offline("sources: {}\nretentoin: {log: 1d}\n").ok());
}

TEST_CASE("a part of the file has another fingerprint when what it refers to changed, and not when its layout did") {
  const std::string file = "sources: {s: {secret: '${env:A}'}}\nlisten: {http: off}\n";
  const Fingerprints before = fingerprints(file);
  CHECK(before.size() == 2);
  CHECK(fingerprints("# a remark\nlisten:\n  http: off\nsources: {s: {secret: '${env:A}'}}\n") == before);
  const Fingerprints rotated = fingerprints(file, "two");
  CHECK(rotated.at("listen") == before.at("listen"));
  CHECK(rotated.at("sources") != before.at("sources"));
  CHECK(fingerprints_of("/nonexistent").empty());
}
