#include "engine/base/logging.h"

#include <spdlog/spdlog.h>
#include <catch2/catch.hpp>

#include "engine/base/json.h"

using namespace hookswitch;

TEST_CASE("a JSON log line is one line of valid JSON whatever the message holds") {
  std::string line = json_log_line(1739537297000, "info", "a \"quote\"\nand \xff");
  CHECK(line.find('\n') == std::string::npos);
  Json json = Json::parse(line);
  CHECK(json["time"] == "2025-02-14T12:48:17Z");
  CHECK(json["level"] == "info");
  CHECK(json["message"] == "a \"quote\"\nand \xEF\xBF\xBD");
}

TEST_CASE("a level that does not exist is refused with those that do") {
  auto status = set_up_logging("loud", LogFormat::text);
  REQUIRE_FALSE(status);
  CHECK(status.error().message.find("loud") != std::string::npos);
  CHECK(status.error().message.find("trace, debug, info, warn, error or off") != std::string::npos);
}

TEST_CASE("the level decides what is written, also when it is set again") {
  REQUIRE(set_up_logging("error", LogFormat::json));
  CHECK_FALSE(spdlog::should_log(spdlog::level::warn));
  REQUIRE(set_up_logging("debug", LogFormat::text));
  CHECK(spdlog::should_log(spdlog::level::debug));
  REQUIRE(set_up_logging("off", LogFormat::text));
}
