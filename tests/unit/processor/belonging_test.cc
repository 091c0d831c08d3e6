// What a call that is asked for may name: numbers are what they are however they are written.
#include <catch2/catch.hpp>

#include "engine/processor/belonging.h"
#include "engine/processor/command.h"
#include "engine/processor/command_check.h"
#include "engine/state/actions.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

Directory two_in(const std::string& country, const std::string& ours, const std::string& theirs) {
  return Directory({{"A/1", "", "UTC", country, {}, {ours}}, {"B/1", "", "UTC", country, {}, {theirs}}}, {});
}

/// Calls asked for, of tenants as InProcess has them.
struct Asked {
  /// The status of the answer; `sent` is the number that the provider is asked to call from.
  int call_from(const std::string& tenant, const std::string& from) {
    const std::string block = encode_headers(checked_headers("call.create", "twilio"));
    Answer answer;
    REQUIRE(engine.store().write([&](Writer& writer) {
      RecordView record;
      record.seq = ++seq;
      record.header_block = block;
      Json params{{"to", "+13105551234"}, {"from", from}};
      answer = acting_commands().at("call.create")({writer, record, engine.sources(), engine.directory()},
                                                   {{"tenant", tenant}, {"source", "twilio"}, {"params", params}});
      return writer.status();
    }));
    body = parse_json(answer.body);
    sent = answer.status == 202 ? body["action"]["params"]["from"] : Json();
    return answer.status;
  }

  InProcess engine;
  uint64_t seq = 0;
  Json body, sent;
};

}  // namespace

TEST_CASE("another tenant's number is its own however it is written") {
  const Directory us = two_in("US", "+13105550001", "+13105550002");
  for (const char* from : {"+13105550002", "13105550002", "3105550002", "(310) 555-0002", "0013105550002",
                           "011 1 310 555 0002", " +13105550002", "tel:+13105550002", "+1-310-555-0002;ext=1"}) {
    INFO(from);
    auto number = own_number(us, "A/1", from);
    CHECK((!number || number->find("3105550002") == std::string::npos));
    CHECK(own_number(us, "A/1", "(310) 555-0001") == "+13105550001");
  }
  const Directory ro = two_in("RO", "+40211111111", "+40212222222");
  CHECK(own_number(ro, "A/1", "0212222222").error().code == Code::denied);
  CHECK(own_number(ro, "A/1", "021 111 1111") == "+40211111111");
  CHECK(own_number(ro, "A/1", "0213333333") == "+40213333333");  // nobody's
}

TEST_CASE("without a country a number of a tenant's call needs its country code") {
  const Directory directory = two_in("", "+13105550001", "+13105550002");
  CHECK(own_number(directory, "A/1", "3105550002").error().code == Code::invalid);
  CHECK(own_number(directory, "A/1", "13105550002").error().code == Code::denied);
  CHECK(own_number(directory, "A/1", "+1 310 555 0001") == "+13105550001");
}

TEST_CASE("a tenant's call is placed from the number that was checked, in E.164") {
  Asked asked;
  CHECK(asked.call_from("B1/L1", "021 234 5678") == 202);
  CHECK(asked.sent == "+40212345678");
  CHECK(asked.call_from("B2/L1", "(415) 555-0199") == 202);
  CHECK(asked.sent == "+14155550199");
  CHECK(asked.call_from("B1/L1", "0014155550199") == 400);
  CHECK(asked.body["detail"] == "place a call: from: found \"0014155550199\", which is not this tenant's");
}

TEST_CASE("what is no number is nobody's call's to come from but of one that is no tenant's") {
  Asked asked;
  for (const char* from : {"client:ana", "sip:+14155550199@example.com", "whatsapp:+14155550199", "Company"}) {
    INFO(from);
    CHECK(asked.call_from("B1/L1", from) == 400);
    CHECK(asked.body["detail"] ==
          "place a call: from: found \"" + std::string(from) + "\", expected a telephone number");
    CHECK(asked.call_from("", from) == 202);
    CHECK(asked.sent == from);
  }
}

}  // namespace hookswitch::test
