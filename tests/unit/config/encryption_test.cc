#include <catch2/catch.hpp>

#include "engine/config/config.h"

using namespace hookswitch;

namespace {

const std::string kHex(64, 'a');
const std::string kOther(64, 'b');

ConfigReading read(const std::string& encryption) {
  return load_config_text("sources: {e: {provider: elevenlabs}}\n" + encryption, "test.yaml",
                          [](const std::string& name) { return name == "KEY" ? std::optional(kHex) : std::nullopt; });
}

}  // namespace

TEST_CASE("keys for what lies on disk are read from references, the newest first") {
  CHECK(read("").config.encryption == nullptr);
  auto one = read("encryption: {key: \"${env:KEY}\"}");
  REQUIRE(one.ok());
  auto two = read("encryption: {key: \"" + kOther + "\", retired_keys: [\"${env:KEY}\"]}");
  REQUIRE(two.ok());
  CHECK(two.config.encryption->has(one.config.encryption->newest()));
  CHECK(two.config.encryption->newest() != one.config.encryption->newest());
}

TEST_CASE("what is no key is an error that does not show it") {
  for (const char* wrong : {"encryption: {key: hunter2}", "encryption: {retired_keys: [\"${env:KEY}\"]}",
                            "encryption: {key: \"${env:KEY}\", retired_keys: [hunter2]}",
                            "encryption: {key: \"${env:KEY}\", retired_keys: [\"${env:KEY}\"]}"}) {
    auto reading = read(wrong);
    INFO(wrong);
    REQUIRE(reading.errors.size() == 1);
    CHECK(reading.errors[0].find("encryption") != std::string::npos);
    CHECK(reading.errors[0].find("hunter2") == std::string::npos);
  }
}
