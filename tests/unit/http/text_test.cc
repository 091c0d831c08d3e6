// URLs, dates and phrases.
#include <catch2/catch.hpp>

#include "engine/http/address.h"
#include "engine/http/answer_text.h"
#include "engine/http/reason.h"
#include "engine/http/url.h"

namespace hookswitch {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("percent-decoding takes two hex digits or nothing") {
  CHECK(percent_decode("a%2Fb%c3%A4") == "a/b\xc3\xa4");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("a+b", Plus::blank) == "a b");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
  for (const char* bad : {"%", "%1", "a%zz", "%+1", "%0x", "% 1"}) CHECK_FALSE(percent_decode(bad));
}

TEST_CASE("percent-encoding comes back decoded") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  CHECK(percent_decode(percent_encode(all)) == all);
  CHECK(percent_encode("a b/~") == "a%20b%2F~");
}

TEST_CASE("a query string keeps order, repetition and emptiness") {
  CHECK(*parse_query("a=1&b=&c&a=2%26+3") == Pairs{{"a", "1"}, {"b", ""}, {"c", ""}, {"a", "2& 3"}});
  CHECK(*parse_query("") == Pairs{});
  CHECK(*parse_query("&&a=b&") == Pairs{{"a", "b"}});
  CHECK(*parse_query("a=b=c") == Pairs{{"a", "b=c"}});
  CHECK(parse_query("a=1&b=%2").error().code == Code::invalid);
}

TEST_CASE("dates are written as HTTP wants them") {
  CHECK(http_date(784111777000) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(http_date(1709210096999) == "Thu, 29 Feb 2024 12:34:56 GMT");
}

TEST_CASE("every status has a phrase") {
  CHECK(reason_phrase(100) == "Continue");
  CHECK(reason_phrase(404) == "Not Found");
  CHECK(reason_phrase(507) == "Insufficient Storage");
  CHECK(reason_phrase(299) == "OK");
  CHECK(reason_phrase(499) == "Bad Request");
  CHECK(reason_phrase(42) == "Unknown");
}

TEST_CASE("addresses are read with their port and written without") {
  auto v4 = parse_address("127.0.0.1:8080");
  REQUIRE(v4);
  CHECK(v4->ip() == "127.0.0.1");
  CHECK(v4->port() == 8080);
  auto v6 = parse_address("[2001:db8::1]:0");
  REQUIRE(v6);
  CHECK(v6->ip() == "2001:db8::1");
  CHECK(parse_address("[::ffff:10.0.0.1]:1")->ip() == "10.0.0.1");
}

}  // namespace
}  // namespace hookswitch
