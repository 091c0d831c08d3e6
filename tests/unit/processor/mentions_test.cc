// Whose bytes are these: numbers and ids in records of any form.
#include "engine/processor/mentions.h"

#include <catch2/catch.hpp>

using namespace hookswitch;

TEST_CASE("a number is found however it is written, and no other number is taken for it") {
  const Mentions ana("+40722123456", "");
  for (const char* text : {"+40722123456", "From=%2B40722123456&To=1", "\"tel:40722123456\"", "0040722123456",
                           "x=%2040722123456", "\\u002b40722123456", "(40722123456)"}) {
    INFO(text);
    CHECK(ana.in(text));
  }
  for (const char* text : {"", "+407221234567", "140722123456", "+4072212345", "4072212 3456", "90040722123456"}) {
    INFO(text);
    CHECK_FALSE(ana.in(text));
  }
}

TEST_CASE("an id is found as a whole word, and short ones are nobody's") {
  Mentions some("", "");
  CHECK(some.add("conv_0123456789"));
  CHECK_FALSE(some.add("short"));
  CHECK_FALSE(some.add("with spaces in it"));
  CHECK(some.in(R"({"conversation_id":"conv_0123456789"})"));
  CHECK(some.in("/calls/conv_0123456789/x"));
  CHECK_FALSE(some.in("conv_01234567890"));
  CHECK_FALSE(some.in("xconv_0123456789"));
  CHECK_FALSE(some.in("short"));
}

TEST_CASE("a tenant is not taken for another whose name goes on") {
  const Mentions tenant("", "B1/L1");
  CHECK(tenant.in(R"("tenant":"B1/L1")"));
  CHECK_FALSE(tenant.in(R"("tenant":"B1/L10")"));
  CHECK_FALSE(tenant.in(R"("tenant":"AB1/L1")"));
}

TEST_CASE("of a list of people the others keep their numbers, and elsewhere a number is masked and an id cannot stay") {
  const Mentions ana("+40722123456", "");
  const Json list{{"people", {{{"to", "+40722123456"}}, {{"to", "+40733999888"}}}}, {"n", 1}};
  const Json left{{"people", {Json::object(), {{"to", "+40733999888"}}}}, {"n", 1}};
  CHECK(ana.without_people(list).value() == left);
  Json named = list;
  named["name"] = "ring +40722123456 again";
  Json renamed = left;
  renamed["name"] = "ring +99999999999 again";
  CHECK(ana.without_people(named).value() == renamed);
  Mentions theirs("+40722123456", "");
  REQUIRE(theirs.add("conv_0123456789"));
  CHECK_FALSE(theirs.without_people(Json{{"name", "after conv_0123456789"}}));
}

TEST_CASE("a number is masked wherever it is found, and nothing else is") {
  const Mentions ana("+40722123456", "");
  CHECK(ana.masked("From=%2B40722123456&To=140722123456") == "From=%2B99999999999&To=140722123456");
  CHECK(ana.masked(R"({"a":40722123456,"b":"0040722123456, 40722123456"})") ==
        R"({"a":99999999999,"b":"0099999999999, 99999999999"})");
  CHECK_FALSE(ana.in(ana.masked("40722123456 +40722123456 0040722123456")));
  CHECK(Mentions("", "B1/L1").masked("B1/L1") == "B1/L1");
}

TEST_CASE("a contact's id, whatever it is, is found where a contact's id stands and nowhere else") {
  for (const std::string id : {"lead-4711", "7", "ana.pop.secret@x.ro", "a \"quoted\" one"}) {
    INFO(id);
    Mentions ana("", "");
    ana.add_contact(id);
    const Json task{{"contact_id", id}, {"variables", {{"name", "Ana"}}}};
    CHECK(ana.in(dump(Json{{"tenant", "B1/L1"}, {"wish", task}})));
    CHECK(ana.in(task.dump(2)));
    const std::vector<uint8_t> cbor = Json::to_cbor(task);
    CHECK(ana.in(std::string_view(reinterpret_cast<const char*>(cbor.data()), cbor.size())));
    CHECK_FALSE(ana.in(dump(Json{{"contact_id", id + "1"}})));
    CHECK_FALSE(ana.in(dump(Json{{"agent_id", id}, {"id", id}, {"note", id}})));
    CHECK(ana.in(Table::audit, "1", dump(Json{{"command", "contact.put"}, {"target", id}})));
    CHECK_FALSE(ana.in(Table::audit, "1", dump(Json{{"command", "agent.put"}, {"target", id}})));
    CHECK_FALSE(ana.in(Table::audit, "1", dump(Json{{"command", "contact.put"}, {"target", "x" + id}})));
  }
}
