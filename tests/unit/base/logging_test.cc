#include "engine/base/logging.h"

#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>

#include <algorithm>
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

TEST_CASE("a line of text is one line that no message can forge or colour") {
  const std::string message =
      "a\n2026-01-01 error FORGED \x1b[31m\x7f\t\xC2\x9B"
      "31m C:\\n \xC3\x9B";
  const spdlog::details::log_msg line("hookswitch", spdlog::level::err, message);
  spdlog::memory_buf_t out;
  log_formatter(LogFormat::text)->format(line, out);
  const std::string text(out.data(), out.size());
  CHECK_THAT(text, Catch::EndsWith("error   a\\n2026-01-01 error FORGED \\x1b[31m\\x7f\\t\\xc2\\x9b"
                                   "31m C:\\n \xC3\x9B\n"));
  CHECK(std::ranges::count(text, '\n') == 1);
  CHECK(text.substr(line.color_range_start, 5) == "error");
}

TEST_CASE("a line of text is UTF-8 whatever the message holds, and what is UTF-8 stays") {
  for (const auto& [message, shown] :
       {std::pair{"\xff", "\\xff"}, {"a\xC3", "a\\xc3"}, {"\xE2\x82z", "\\xe2\\x82z"}, {"\xC3\x9B", "\xC3\x9B"},
        {"\xE2\x82\xAC", "\xE2\x82\xAC"}, {"\xF0\x9F\x93\x9E", "\xF0\x9F\x93\x9E"}}) {
    spdlog::memory_buf_t out;
    log_formatter(LogFormat::text)->format({"hookswitch", spdlog::level::err, message}, out);
    CHECK_THAT(std::string(out.data(), out.size()), Catch::EndsWith(" " + std::string(shown) + "\n"));
  }
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
