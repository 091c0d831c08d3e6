// A person is forgotten: by the API, by the log, by what was refused; whatever happens meanwhile, and nobody else.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "engine/http/url.h"
#include "tests/e2e/private_lives.h"
#include "tests/e2e/two_tenants.h"

namespace hookswitch::test {
namespace {

bool shows(const std::string& text, const Person& person) {
  return text.find(person.says) != std::string::npos || text.find(person.digits()) != std::string::npos ||
         text.find(person.conversation) != std::string::npos || text.find(person.call_sid) != std::string::npos;
}

std::string begin(EngineProcess& engine, const Json& wish) {
  auto begun = engine.api_post("/erasures", wish);
  REQUIRE(begun);
  INFO(begun->body);
  REQUIRE(begun->status == 202);
  return Json::parse(begun->body).at("id");
}

void rebuild(EngineProcess& engine) {
  REQUIRE(engine.stop() == 0);
  std::string out;
  const int code = engine.run("rebuild", &out);
  INFO(out);
  REQUIRE(code == 0);
  engine.start();
  REQUIRE(engine.settle());
}

std::set<Json> all_suppressed(EngineProcess& engine) {
  const Json rows = engine.api("/suppressions")["data"];
  return {rows.begin(), rows.end()};
}

/// Each task's id by the number it rings.
std::map<std::string, std::string> tasks_by_number(EngineProcess& engine) {
  std::map<std::string, std::string> out;
  const Json tasks = engine.api("/tasks?limit=200")["data"];
  for (const Json& task : tasks) {
    if (task["to"].is_string()) out[task["to"]] = task["id"];
  }
  return out;
}

Json ended(EngineProcess& engine, const std::string& id) {
  REQUIRE(eventually([&] { return engine.api("/erasures/" + id).value("status", "") == "done"; }));
  return engine.api("/erasures/" + id);
}

}  // namespace

TEST_CASE("nothing of an erased person is shown, and everything of the others", "[erasure]") {
  for (const char* extra :
       {"", "encryption: {key: \"7777777777777777777777777777777777777777777777777777777777777777\"}"}) {
    EngineProcess engine(extra);
    engine.start();
    tell_of(engine, kAna);
    tell_of(engine, kIon);
    const std::string ions = dump(engine.api("/calls/" + kIon.conversation));
    const Json kpis = engine.api("/kpis?name=calls&period=day&from=2025-02-01&to=2025-03-01");
    REQUIRE(shows(all_shown(engine), kAna));

    std::string out;
    REQUIRE(engine.run("erase --phone " + kAna.phone, &out) == 0);
    INFO(out);
    CHECK(out.find("calls") != std::string::npos);
    CHECK(out.find(kAna.digits()) == std::string::npos);

    auto check = [&](bool kpis_too) {
      const std::string shown = all_shown(engine);
      CHECK_FALSE(shows(shown, kAna));
      CHECK(shows(shown, kIon));
      CHECK(engine.api("/calls?phone=" + kAna.digits())["data"].empty());
      CHECK(engine.api("/calls/" + kAna.conversation).value("status", 0) == 404);
      CHECK(dump(engine.api("/calls/" + kIon.conversation)) == ions);
      CHECK(engine.api("/contacts")["data"].size() == 1);
      CHECK(engine.api("/tasks")["data"].size() == 1);
      if (kpis_too) CHECK(engine.api("/kpis?name=calls&period=day&from=2025-02-01&to=2025-03-01") == kpis);
      CHECK(engine.api("/events?limit=200")["data"].size() >= 12);  // their places stay
    };
    check(true);
    const std::set<Json> suppressed = all_suppressed(engine);
    CHECK(suppressed.size() == 2);  // a person who was erased must still not be rung

    REQUIRE(engine.stop() == 0);
    engine.start();
    check(true);
    REQUIRE(engine.stop() == 0);
    REQUIRE(engine.run("rebuild", &out) == 0);
    engine.start();
    check(false);  // what erased records had added to key figures, a rebuild cannot know
    CHECK(all_suppressed(engine) == suppressed);
    REQUIRE(engine.stop() == 0);
    CHECK(engine.run("fsck", &out) == 0);
  }
}

TEST_CASE("an erasure that is killed goes on where it was", "[erasure]") {
  EngineProcess engine;
  engine.start();
  tell_of(engine, kAna);
  tell_of(engine, kIon);
  const std::string id = begin(engine, {{"phone", kAna.phone}, {"suppressions", true}});
  for (int kills = 0; kills < 4; ++kills) {
    engine.kill_hard();
    engine.launch();
    engine.kill_hard();
    engine.start();
  }
  const Json erasure = ended(engine, id);
  CHECK(erasure["erased"]["calls"] == 2);
  CHECK_FALSE(shows(all_shown(engine), kAna));
  CHECK(shows(all_shown(engine), kIon));
  CHECK(engine.api("/suppressions")["data"].size() == 1);
}

TEST_CASE("what an interrupted rebuild or restore left does not outlive an erasure", "[erasure]") {
  EngineProcess engine;
  engine.start();
  tell_of(engine, kAna);
  const std::string data = engine.dir().path() + "/data";
  for (const char* left : {"/state.rebuild", "/restore/log"}) {
    std::filesystem::create_directories(data + left);
    std::ofstream(data + left + "/data.mdb") << kAna.phone;
  }
  ended(engine, begin(engine, {{"phone", kAna.phone}}));
  for (const char* left : {"/state.rebuild", "/restore"}) CHECK_FALSE(std::filesystem::exists(data + left));
}

TEST_CASE("a list of many people stays with all the others", "[erasure]") {
  EngineProcess engine;
  engine.start();
  auto made = engine.api_post("/campaigns", {{"name", "spring"},
                                             {"tenant", "B1/L1"},
                                             {"kind", "callback"},
                                             {"due_at", "2099-01-01T10:00:00Z"},
                                             {"contacts", {{{"to", kAna.phone}}, {{"to", kIon.phone}}}}});
  REQUIRE(made);
  INFO(made->body);
  REQUIRE(made->status < 300);
  REQUIRE(engine.settle());
  const std::string id = begin(engine, {{"phone", kAna.phone}});
  ended(engine, id);
  const std::string shown = all_shown(engine) + dump(engine.api("/campaigns"));
  CHECK(shown.find(kAna.digits()) == std::string::npos);
  CHECK(dump(engine.api("/events/1")).find(kIon.digits()) != std::string::npos);
}

TEST_CASE("when one of many is erased the others keep their places in the list, also after a rebuild", "[erasure]") {
  EngineProcess engine;
  engine.start();
  const Json everybody{{{"to", "+40711000001"}}, {{"to", kAna.phone}}, {{"to", kIon.phone}}, {{"to", "+40711000004"}}};
  auto made = engine.api_post("/campaigns", {{"name", "spring"},
                                             {"tenant", "B1/L1"},
                                             {"kind", "callback"},
                                             {"due_at", "2099-01-01T10:00:00Z"},
                                             {"contacts", everybody}});
  REQUIRE(made->status < 300);
  REQUIRE(eventually([&] { return tasks_by_number(engine).size() == 4; }));
  auto expected = tasks_by_number(engine);
  expected.erase(kAna.phone);
  ended(engine, begin(engine, {{"phone", kAna.phone}}));
  CHECK(tasks_by_number(engine) == expected);
  rebuild(engine);
  CHECK(eventually([&] { return tasks_by_number(engine) == expected; }));
  CHECK(engine.api("/tasks")["data"].size() == expected.size());
}

TEST_CASE("who asked not to be called is not called when they are erased", "[erasure]") {
  const Json words[] = {{{"do_not_call", true}}, {{"consent", {{"call", false}}}}, {{"consent", {{"sms", false}}}}};
  for (const Json& word : words) {
    EngineProcess engine;
    engine.start();
    Json contact{{"tenant", "B1/L1"}, {"phones", {kAna.phone, "+40722000222"}}};
    contact.update(word);
    put(engine, "/contacts/of_ana", contact);
    put(engine, "/contacts/of_ion", {{"phones", {kIon.phone}}, {"do_not_call", false}, {"consent", {{"call", true}}}});
    ended(engine, begin(engine, {{"phone", kAna.phone}}));
    ended(engine, begin(engine, {{"phone", kIon.phone}}));
    auto check = [&] {
      std::set<std::string> numbers;
      const Json rows = engine.api("/suppressions")["data"];
      for (const Json& row : rows) {
        numbers.insert(row["phone"]);
        CHECK(row["tenant"] == "B1/L1");
      }
      CHECK(numbers == std::set<std::string>{kAna.phone, "+40722000222"});
      CHECK(engine.api("/contacts")["data"].empty());
    };
    check();
    rebuild(engine);
    check();
  }
  EngineProcess engine;
  engine.start();
  put(engine, "/contacts/of_ana", {{"phones", {kAna.phone}}, {"do_not_call", true}});
  ended(engine, begin(engine, {{"phone", kAna.phone}, {"suppressions", true}}));
  CHECK(engine.api("/suppressions")["data"].empty());
}

TEST_CASE("a contact is forgotten whatever its id is, with the tasks that name it by that", "[erasure]") {
  for (const std::string id : {"lead-4711", "ana.pop.secret@x.ro"}) {
    INFO(id);
    EngineProcess engine;
    engine.start();
    const std::string path = "/contacts/" + percent_encode(id);
    put(engine, path, {{"name", "Rhododendron before"}});
    put(engine, path,
        {{"name", "Rhododendron"},
         {"email", "rhododendron@example.com"},
         {"notes", "Rhododendron again"},
         {"phones", {kAna.phone}}});
    put(engine, "/contacts/lead-4712", {{"name", "Kaleidoskop"}, {"phones", {kIon.phone}}});
    for (const auto& [contact, says] :
         {std::pair(id, "Rhododendron"), std::pair(std::string("lead-4712"), "Kaleidoskop")}) {
      auto task = engine.api_post("/tasks", {{"contact_id", contact},
                                             {"tenant", "B1/L1"},
                                             {"kind", "callback"},
                                             {"due_at", "2099-01-01T10:00:00Z"},
                                             {"variables", {{"name", says}}}});
      INFO(task->body);
      REQUIRE(task->status < 300);
    }
    std::string out;
    REQUIRE(engine.run("erase --phone " + kAna.phone, &out) == 0);
    auto check = [&] {
      const std::string shown = all_shown(engine);
      CHECK(shown.find("hododendron") == std::string::npos);
      CHECK(shown.find(id) == std::string::npos);
      CHECK(shown.find(kAna.digits()) == std::string::npos);
      CHECK(shown.find("Kaleidoskop") != std::string::npos);
      CHECK(engine.api("/contacts")["data"].size() == 1);
      CHECK(engine.api("/tasks")["data"].size() == 1);
    };
    check();
    rebuild(engine);
    check();
  }
}

TEST_CASE("a tenant's messages and dead letters are forgotten with it", "[erasure]") {
  EngineProcess engine;
  std::ofstream(engine.rules_dir() + "/refuses.lua")
      << "return { name = 'refuses', on = 'message.received', handle = function(event, ctx)\n"
         "  if event.data.message.body:find('dead') then ctx.fail('no') end end }\n";
  engine.start();
  auto write = [&](const std::string& sid, const std::string& to, const std::string& body) {
    auto answer = engine.post_twilio(
        "MessageSid=SM000000000000000000000000000000" + sid + "&SmsStatus=received&To=%2B" + to +
            "&From=%2B13105551299&NumMedia=0&Body=" + body + "&AccountSid=AC00000000000000000000000000000000",
        "sms");
    REQUIRE(answer->status == 200);
  };
  write("01", "14155550199", "Zanzibar");
  write("02", "14155550199", "Zanzibar+dead");
  write("03", "14155550000", "Kaleidoskop");
  write("04", "14155550000", "Kaleidoskop+dead");
  REQUIRE(engine.settle());
  REQUIRE(engine.api("/dead")["data"].size() == 2);
  ended(engine, begin(engine, {{"tenant", "B2/L1"}}));
  const std::string shown = all_shown(engine);
  CHECK(shown.find("Zanzibar") == std::string::npos);
  CHECK(shown.find("14155550199") == std::string::npos);
  CHECK(engine.api("/dead")["data"].size() == 1);
  CHECK(shown.find("Kaleidoskop") != std::string::npos);
}

TEST_CASE("a tenant is forgotten, and the other tenant is not", "[erasure]") {
  TwoTenants both;
  EngineProcess& engine = both.engine();
  REQUIRE(all_shown(engine).find(kMark) != std::string::npos);
  const std::string before = dump(engine.api("/calls?tenant=B1/L1"));
  const std::string id = begin(engine, {{"tenant", kTheirs}});
  ended(engine, id);
  CHECK(all_shown(engine).find(kMark) == std::string::npos);
  CHECK(dump(engine.api("/calls?tenant=B1/L1")) == before);
}

TEST_CASE("who is to be erased is asked for in full", "[erasure]") {
  EngineProcess engine;
  engine.start();
  for (const Json& wish : {Json{{"phone", "0722"}}, Json{{"phone", kAna.phone}, {"tenant", "B1/L1"}}, Json::object(),
                           Json{{"tenant", "B1"}}, Json{{"phone", 40722123456}}, Json{{"fone", kAna.phone}}}) {
    CHECK(engine.api_post("/erasures", wish)->status == 400);
  }
  // A tenant's own number is in every one of its calls.
  CHECK(engine.api_post("/erasures", {{"phone", "+14155550199"}})->status == 409);
  CHECK(engine.api("/erasures/era_0000000000000001").value("status", 0) == 404);
  const std::string id = begin(engine, {{"phone", "+40700000000"}});
  CHECK(ended(engine, id)["erased"].value("calls", 0) == 0);
}

}  // namespace hookswitch::test
