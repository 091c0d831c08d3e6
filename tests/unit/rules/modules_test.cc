// The pure modules: numbers, time, text, hashes, URLs.
#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

struct Given {
  const char* lines;
  const char* json;
};

/// Checks each case with the module as a local of its short name.
template <size_t n>
void check_all(const std::string& module, const Given (&cases)[n]) {
  for (const Given& one : cases) {
    INFO(one.lines);
    CHECK(value_of("local " + module + " = require 'hookswitch." + module + "' return " + one.lines) ==
          Json::parse(one.json));
  }
}

TEST_CASE("numbers are read with the country's rules") {
  const Given cases[] = {
      {"phone.e164('3001234567', 'CO')", "\"+573001234567\""},
      {"phone.e164('573001234567', 'CO')", "\"+573001234567\""},
      {"phone.e164('+57 300 123 4567', 'CO')", "\"+573001234567\""},
      {"phone.e164('0721 234 567', 'RO')", "\"+40721234567\""},
      {"{phone.e164('anonymous') == nil, phone.e164('12', 'US') == nil, phone.e164('', 'US') == nil}",
       "[true,true,true]"},
      {"phone.country('+40721234567')", "\"RO\""},
      {"{phone.valid('+40721234567'), phone.valid('123')}", "[true,false]"},
      {"phone.format('0721234567', 'RO')", "\"+40 721 234 567\""},
  };
  check_all("phone", cases);
}

TEST_CASE("time in zones is right on both days the clock changes") {
  // Bucharest: 29 March 2026, 03:00 becomes 04:00; 25 October 2026, 04:00 becomes 03:00.
  const Given cases[] = {
      {"time.rfc3339(1739537297000)", "\"2025-02-14T12:48:17Z\""},
      {"{time.parse('2025-02-14T12:48:17Z'), time.parse('soon') == nil}", "[1739537297000,true]"},
      {"time.in_zone(time.parse('2026-07-01T21:30:05Z'), 'Europe/Bucharest')",
       R"({"year":2026,"month":7,"day":2,"hour":0,"min":30,"sec":5,"wday":4,"offset_secs":10800})"},
      {"time.rfc3339(time.add_days(time.parse('2026-03-28T10:00:00+02:00'), 'Europe/Bucharest', 1))",
       "\"2026-03-29T07:00:00Z\""},
      {"time.rfc3339(time.add_days(time.parse('2026-03-28T03:30:00+02:00'), 'Europe/Bucharest', 1))",
       "\"2026-03-29T01:00:00Z\""},
      {"time.rfc3339(time.add_days(time.parse('2026-10-24T03:30:00+03:00'), 'Europe/Bucharest', 1))",
       "\"2026-10-25T00:30:00Z\""},
      {"time.within(time.parse('2026-03-27T08:59:59+02:00'), 'Europe/Bucharest', {days = 'mon-fri', from = '09:00', to "
       "= '18:00'})",
       "false"},
      {"time.within(time.parse('2026-03-27T09:00:00+02:00'), 'Europe/Bucharest', {days = 'mon-fri', from = '09:00', to "
       "= '18:00'})",
       "true"},
      {"time.within(time.parse('2026-03-27T18:00:00+02:00'), 'Europe/Bucharest', {days = 'mon-fri', from = '09:00', to "
       "= '18:00'})",
       "false"},
      {"time.within(time.parse('2026-03-28T12:00:00+02:00'), 'Europe/Bucharest', {days = 'mon-fri', from = '09:00', to "
       "= '18:00'})",
       "false"},
      {"time.within(time.parse('2026-03-28T01:00:00+02:00'), 'Europe/Bucharest', {days = 'fri', from = '22:00', to = "
       "'02:00'})",
       "true"},
      {"time.rfc3339(time.next_open(time.parse('2026-03-27T18:00:00+02:00'), 'Europe/Bucharest', {days = 'mon-fri', "
       "from = '09:00', to = '18:00'}))",
       "\"2026-03-30T06:00:00Z\""},
      {"time.rfc3339(time.next_open(time.parse('2026-10-23T18:00:00+03:00'), 'Europe/Bucharest', {days = 'mon-fri', "
       "from = '09:00', to = '18:00'}))",
       "\"2026-10-26T07:00:00Z\""},
      {"time.rfc3339(time.next_open(time.parse('2026-03-28T12:00:00+02:00'), 'Europe/Bucharest', {days = 'sun', from = "
       "'03:30', to = '05:00'}))",
       "\"2026-03-29T01:00:00Z\""},
      {"time.rfc3339(time.next_open(time.parse('2026-10-25T03:45:00+03:00'), 'Europe/Bucharest', {days = 'sun', from = "
       "'03:10', to = '03:40'}))",
       "\"2026-10-25T01:10:00Z\""},
      {"time.rfc3339(time.next_open(5, 'UTC', {from = '00:00', to = '24:00'}))", "\"1970-01-01T00:00:00.005Z\""},
  };
  check_all("time", cases);
  CHECK(error_of("return require('hookswitch.time').in_zone(0, 'Mars/Base')").reason.find("found 'Mars/Base'") !=
        std::string::npos);
  CHECK(error_of("return require('hookswitch.time').within(0, 'UTC', {days = 'may', from = '09:00', to = '10:00'})")
            .reason.find("days:") != std::string::npos);
  CHECK(
      error_of("return require('hookswitch.time').within(0, 'UTC', {from = '9', to = '10:00'})").reason.find("from:") !=
      std::string::npos);
}

TEST_CASE("text is matched, split and scored") {
  const Given cases[] = {
      {"{text.match('my name is Ana', [[name is (\\w+)]])}", "[\"Ana\"]"},
      {"text.match('abc', 'x') == nil", "true"},
      {"text.find_all('a1 b22 c', [[\\d+]])", "[\"1\",\"22\"]"},
      {"text.find_all('k=v;x=y', [[(\\w)=]])", "[\"k\",\"x\"]"},
      {"text.replace('a-b', '-', '+')", "\"a+b\""},
      {"text.replace('ab', '(a)(b)', [[\\2\\1]])", "\"ba\""},
      {"text.lower('ÎNTÂLNIRE ȘI Ω ЖУК')", "\"întâlnire și ω жук\""},
      {"{text.trim('  a b\\n'), text.trim(' ')}", "[\"a b\",\"\"]"},
      {"text.split('a,b,,c', ',')", "[\"a\",\"b\",\"\",\"c\"]"},
      {"{text.contains_word('Cancel it!', 'cancel'), text.contains_word('cancellation', 'cancel')}", "[true,false]"},
      {"text.score('Great, GREAT! not  happy; greatest', {great = 1, ['not happy'] = -10})", "-8.0"},
      {"text.score('Great', text.keywords{great = 2})", "2.0"},
      {"text.scores('book a slot', text.categories{a = {book = 1, slot = 2}, b = {cancel = 1}})",
       R"({"a":3.0,"b":0.0})"},
      {"text.score('no, no way; no   Way back', {no = 1, ['no way'] = 10, ['no way back'] = 100})", "123.0"},
      {"text.scores('a', text.categories{a = {a = 1}, b = {}, z = {}})", R"({"a":1.0,"b":0,"z":0})"},
      {"#text.split(('a'):rep(3000000), ('a'):rep(1000000) .. 'b')", "1"},
      {"text.split('aXYbXYXYc', 'XY')", "[\"a\",\"b\",\"\",\"c\"]"},
      {"text.score('Îmi PLACE', {['îmi'] = 1, place = 2})", "3.0"},
  };
  check_all("text", cases);
  CHECK(error_of("return require('hookswitch.text').match('x', '(')").reason.find("malformed expression") !=
        std::string::npos);
}

TEST_CASE("hashes are hex") {
  const Given cases[] = {
      {"hash.sha256('abc')", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""},
      {"hash.hmac_sha256('Jefe', 'what do ya want for nothing?')",
       "\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\""},
  };
  check_all("hash", cases);
}

TEST_CASE("URLs are encoded and read") {
  const Given cases[] = {
      {"url.encode('a b/ä')", "\"a%20b%2F%C3%A4\""},
      {"url.decode('a%20b%zz+')", "\"a b%zz+\""},
      {"url.parse_query('?a=1&b=x+y&c&a=2')", R"({"a":"2","b":"x y","c":""})"},
      {"url.build_query{b = 'x y', a = 1}", "\"a=1&b=x%20y\""},
  };
  check_all("url", cases);
}

TEST_CASE("a rule file shares code by require, and a cycle is told") {
  RuleDir dir;
  dir.add("rule.lua",
          "local names = require 'lib.names' assert(names == require 'lib.names') "
          "return {name = names.mine, on = 'x', handle = function() end}");
  dir.add("lib/names.lua", "return {mine = 'shared'}");
  auto set = RuleSet::load(dir.path(), {});
  REQUIRE(set);
  CHECK((*set)->rules()[0].name == "shared");
  const std::string hash = (*set)->hash();
  dir.add("lib/names.lua", "return require 'lib.names'");
  auto cycle = RuleSet::load(dir.path(), {});
  REQUIRE_FALSE(cycle);
  CHECK(cycle.error().message.find("requires itself") != std::string::npos);
  dir.add("lib/names.lua", "return {mine = 'other'}");
  CHECK((*RuleSet::load(dir.path(), {}))->hash() != hash);
}

TEST_CASE("a time that no date can say is refused") {
  for (const char* ms : {"math.maxinteger", "math.mininteger", "253402300800000"}) {
    CHECK(error_of(std::string("return require('hookswitch.time').rfc3339(") + ms + ")")
              .reason.find("within the years") != std::string::npos);
  }
}

}  // namespace
}  // namespace hookswitch
