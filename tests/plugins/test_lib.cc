// What our providers share: numbers, times, forms and JSON text at their edges.
#include <catch2/catch.hpp>

#include "plugins/lib/form.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/json_write.h"
#include "plugins/lib/numbers.h"
#include "plugins/lib/times.h"

using namespace hookswitch::plugin;

TEST_CASE("numbers that fit are left alone and others become the nearest that does") {
  CHECK(rewrite_numbers(R"({"a":1,"b":-9223372036854775808,"c":18446744073709551615})") ==
        R"({"a":1,"b":-9223372036854775808,"c":18446744073709551615})");
  CHECK(rewrite_numbers("[18446744073709551616]") == "[18446744073709551616.0]");
  CHECK(rewrite_numbers("[1e400,-1e400,1e-400,1.5]") == "[1.7976931348623157e308,-1.7976931348623157e308,0.0,1.5]");
  CHECK(rewrite_numbers(R"(["1e400","\"1e400",1e400])") == R"(["1e400","\"1e400",1.7976931348623157e308])");
  const std::string zeros(400, '0');
  CHECK(rewrite_numbers("[0." + zeros + "1,1" + zeros + "e-10]") == "[0.0,1.7976931348623157e308]");
  for (const char* none : {"[01e400]", "[1.e400]", "[-.1e400]", "[1e400-1]", "[18446744073709551616-1]"}) {
    CHECK(rewrite_numbers(none) == none);
  }
  CHECK(rewrite_numbers("[1e4000000000000000000000]") == "[1.7976931348623157e308]");
}

TEST_CASE("half of an escaped surrogate pair becomes the replacement character, and all else is left alone") {
  CHECK(rewrite_surrogates(R"(["\ud83d","x\uDE00y","\ud83d\ud83d\ude00"])") ==
        R"(["\ufffd","x\ufffdy","\ufffd\ud83d\ude00"])");
  CHECK(rewrite_surrogates(R"(["\\\ud83d","\ud83d\\ude00"])") == R"(["\\\ufffd","\ufffd\\ude00"])");
  for (const char* same : {R"(["\\ud83d","\"\\\\udc00"])", R"(["\uD83D\uDE00","\ud7ff\ue000\u00e9\n"])", R"("\ud83)",
                           R"("\ud8-1")", R"("\)", ""}) {
    CHECK(rewrite_surrogates(same) == same);
  }
}

TEST_CASE("text with half surrogate pairs and numbers that do not fit is read, whichever comes first") {
  JsonReader reader;
  for (const char* text :
       {R"(["\ud83d!",1e400])", R"([1e400,"\ude00!"])", R"({"\ud83d":"\ud83d\ud83d","n":1e400})"}) {
    CHECK(reader.parse(text));
    CHECK(reader.text().find(R"(\ufffd)") != std::string_view::npos);
  }
  CHECK(reader.parse(R"(["\ud83d\ude00"])"));
  CHECK(reader.text() == R"(["\ud83d\ude00"])");
}

TEST_CASE("an error behind half a surrogate pair is told with its own place") {
  JsonReader reader;
  auto read = reader.parse(R"(["\ud83d",])");
  REQUIRE_FALSE(read);
  CHECK(read.error().find("at byte 11 of 11") != std::string::npos);
}

TEST_CASE("what is no number is left for the parser to refuse") {
  JsonReader reader;
  for (const char* wrong : {"[01]", "[1.]", "[-]", "[1e]", "[.5]", "[+1]", "[1e400,]", "[0x10]"}) {
    CHECK_FALSE(reader.parse(wrong));
  }
}

TEST_CASE("the kind of a number survives being written") {
  std::string out;
  for (double number : {1.0, 0.5, 1e300, -0.0, 120.5}) append_real(out += ' ', number);
  CHECK(out == " 1.0 0.5 1e+300 -0.0 120.5");
}

TEST_CASE("text is escaped wherever in a word the special byte stands") {
  for (size_t at = 0; at < 20; ++at) {
    std::string text(20, 'a'), expected(20, 'a');
    text[at] = '"';
    expected.replace(at, 1, "\\\"");
    std::string out;
    append_quoted(out, text);
    CHECK(out == "\"" + expected + "\"");
  }
  std::string out;
  append_quoted(out, std::string_view("\n\t\r\\\x01\x1f\x7f\0é✓", 13));
  CHECK(out == "\"\\n\\t\\r\\\\\\u0001\\u001f\x7f\\u0000é✓\"");
}

TEST_CASE("a copy of arrays in arrays and objects in arrays is the same JSON") {
  const std::string text = R"({"a":[{"b":1},{"c":[]},[[],{}],2,{"":null}],"d":[{},{}]})";
  JsonReader reader;
  JsonWriter out;
  out.open_object();
  out.copy("copy", *reader.parse(text));
  out.close_object();
  CHECK(out.take() == "{\"copy\":" + text + "}");
}

TEST_CASE("values deeper than 32 levels are left out of a copy") {
  JsonReader reader;
  auto nested = [](size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  JsonWriter fits, deep;
  fits.copy_value(reader.parse(nested(32)).value());
  CHECK(fits.take() == nested(32));
  deep.copy_value(reader.parse(nested(33)).value());
  CHECK(deep.take() == std::string(32, '[') + "null" + std::string(32, ']'));
}

TEST_CASE("of repeated names the first counts") {
  JsonReader reader;
  CHECK(reader.parse(R"({"a":1,"a":2})").value()["a"].integer() == 1);
}

TEST_CASE("a large text does not keep its memory") {
  JsonReader reader;
  std::string large = "\"" + std::string(3 << 20, 'x') + "\"";
  CHECK(reader.parse(large).value().text().size() == 3u << 20);
  CHECK(reader.parse("[1]").value().is_array());
}

TEST_CASE("RFC 2822 times are read and others are not") {
  CHECK(rfc2822_ms("Wed, 08 Oct 2025 13:54:12 +0000") == 1'759'931'652'000);
  CHECK(rfc2822_ms("8 Oct 2025 15:54:12 +0200") == 1'759'931'652'000);
  CHECK(rfc2822_ms("Wed, 08 Oct 2025 13:54:12 GMT") == 1'759'931'652'000);
  for (const char* wrong : {"", "now", "Wed, 32 Oct 2025 13:54:12 +0000", "Wed, 08 Xxx 2025 13:54:12 +0000",
                            "Wed, 08 Oct 2025 25:54:12 +0000", "Wed, 08 Oct 2025 13:54:12",
                            "Wed, 08 Oct 1925 13:54:12 GMT", "Wed, 08 Oct 2025 13:54:12 +0000 x"}) {
    CHECK_FALSE(rfc2822_ms(wrong));
  }
}

TEST_CASE("RFC 3339 times are read and others are not") {
  CHECK(rfc3339_ms("2026-01-18T02:14:11Z") == 1'768'702'451'000);
  CHECK(rfc3339_ms("2026-01-18 03:14:11.5+01:00") == 1'768'702'451'500);
  CHECK(rfc3339_ms("2026-01-18T02:14:11.123456789Z") == 1'768'702'451'123);
  for (const char* wrong : {"", "2026-01-18", "2026-02-30T00:00:00Z", "2026-01-18T02:14:11", "2026-1-18T02:14:11Z"}) {
    CHECK_FALSE(rfc3339_ms(wrong));
  }
}

TEST_CASE("seconds outside of the years 1970 to 9999 are no time") {
  CHECK(unix_ms(1.5) == 1500);
  CHECK(unix_ms(0) == 0);
  for (double wrong : {-1.0, 1e18, 1e308}) CHECK_FALSE(unix_ms(wrong));
  CHECK_FALSE(unix_ms(std::nullopt));
}

TEST_CASE("a form keeps order and repetitions and forgives bad escapes") {
  Form form("a=1&b=%41+%2b&&c&=d&a=2&e=%4&f=%zz&g=%");
  CHECK(form.params().size() == 8);
  CHECK(form.get("a") == "1");
  CHECK(form.get("b") == "A +");
  CHECK(form.has("c"));
  CHECK(form.get("e") == "%4");
  CHECK(form.get("f") == "%zz");
  CHECK(form.get("g") == "%");
  CHECK_FALSE(form.has("h"));
}

TEST_CASE("bytes that are no UTF-8 are replaced one by one") {
  std::string storage;
  CHECK(as_utf8("plain", storage) == "plain");
  CHECK(as_utf8("a\xff\xe2\x82z\xe2\x82\xac", storage) == "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\xE2\x82\xAC");
}
