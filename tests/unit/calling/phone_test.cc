#include "engine/calling/phone.h"

#include <catch2/catch.hpp>

#include "engine/calling/number.h"

using namespace hookswitch;

TEST_CASE("a number has one spelling, however many zeros stand before it") {
  CHECK(phone_e164("+530123456", "") == "+53123456");
  CHECK(phone_e164("+5300123456", "") == "+53123456");
  CHECK(phone_e164("(310) 555-1234", "US") == "+13105551234");
  CHECK(phone_e164("+39 06 698 12345", "") == "+390669812345");
  for (const char* text : {"+5300123456", "0712 345 678", "+4407911123456", "573001234567"}) {
    auto number = phone_e164(text, "RO");
    INFO(text);
    REQUIRE(number);
    CHECK(phone_e164(*number, "") == number);
    CHECK(phone_e164(*number, "US") == number);
  }
}

TEST_CASE("an address of another channel is not rung as the number in it, by which somebody may be known") {
  for (const char* text :
       {"whatsapp:+13105551234", "WhatsApp:+13105551234", " rcs:+13105551234", "messenger:13105551234",
        "sip:+13105551234@example.org", "sips:+13105551234", "whatsapp:112"}) {
    INFO(text);
    CHECK(dial_number(text, "US").kind == NumberKind::invalid);
    CHECK(dial_number(text, "US").number.empty());
  }
  for (const char* text : {"whatsapp:+13105551234", "WhatsApp:+13105551234", " rcs:+13105551234", "tel:+13105551234"}) {
    INFO(text);
    CHECK(known_number(text, "RO") == "+13105551234");
    CHECK(kept_number(text, "RO").ends_with("+13105551234"));
  }
  CHECK(kept_number(" WhatsApp:+1 (310) 555-1234", "RO") == "whatsapp:+13105551234");
  CHECK(kept_number("tel:+13105551234", "RO") == "+13105551234");
  for (const char* text : {"messenger:13105551234", "client:13105551234", "sip:+13105551234@example.org", "whatsapp:"}) {
    INFO(text);
    CHECK(known_number(text, "US").empty());
    CHECK(kept_number(text, "US").empty());
  }
  for (const char* text : {"tel:+13105551234", "TEL:+1-310-555-1234", "+13105551234", "(310) 555-1234"}) {
    INFO(text);
    CHECK(dial_number(text, "US").number == "+13105551234");
  }
}
