// Whether a person may be rung now: every "no" is seen with its reason, and "not now" comes back at the right time.
#include "engine/base/time_text.h"
#include "engine/processor/preview.h"
#include "engine/state/contacts.h"
#include "engine/state/dead.h"
#include "tests/unit/tasks/task_bench.h"

namespace hookswitch::test {
namespace {

constexpr int64_t kHour = 3'600'000;

CallingPolicy office_hours() {
  CallingPolicy calling;
  calling.retry.jitter = 0;
  return calling;
}

void put_contact(TaskBench& bench, Json row, const std::string& id = "p1") {
  if (!row.contains("phones")) row["phones"] = {"+40721234567"};
  REQUIRE(bench.command("contact.put", {{"id", id}, {"row", std::move(row)}}).contains("id"));
}

/// A provider that rings everybody of a list by itself, and a rule of B1/L1 that asks for that.
struct Batches {
  explicit Batches(CallingPolicy calling = TaskBench::open_day_and_night()) : bench(kRule, std::move(calling)) {
    bench.command("agent.put", {{"id", "a1"}, {"row", {{"source", "phone"}, {"tenant", "B1/L1"}}}});
  }

  /// Its id.
  std::string ask(const std::vector<std::string>& numbers, const Json& not_before = Json()) {
    Json params{{"recipients", Json::array()}};
    for (const std::string& number : numbers) params["recipients"].push_back({{"to", number}});
    if (!not_before.is_null()) params["not_before"] = not_before;
    bench.report("call.answered", {{"external_ids", {{"call_sid", "CA1"}}}, {"agent_id", "a1"}, {"params", params}});
    auto made = bench.actions();
    REQUIRE(made.size() == ++asked);
    return std::ranges::max(made, {}, &Action::made_seq).id;
  }

  static constexpr const char* kRule =
      "return { name = 'batch', on = 'call.answered', handle = function(event, ctx) "
      "ctx.action:request { source = 'phone', type = 'batch_call', params = event.data.params } end }";
  TaskBench bench;
  size_t asked = 0;
};

std::string code_of(TaskBench& bench, const std::string& id) { return bench.task(id).code; }

}  // namespace

TEST_CASE("outside the window an attempt waits for its opening on the callee's clock") {
  TaskBench bench("", office_hours());
  bench.advance_to("2026-01-09T17:30:00Z");  // Friday, 19:30 in Bucharest
  std::string id = bench.schedule();
  Task task = bench.task(id);
  CHECK((task.status == TaskStatus::scheduled && task.code == "outside_hours" && task.attempts == 0));
  CHECK(rfc3339(task.next_ms) == "2026-01-12T07:00:00Z");
  bench.advance_to("2026-01-12T06:59:59.999Z");
  REQUIRE(bench.actions().empty());
  bench.advance(1);
  CHECK(bench.task(id).status == TaskStatus::in_progress);
}

TEST_CASE("the number's country decides the clock, the contact's word before it, the task's before all") {
  TaskBench bench("", office_hours());
  bench.advance_to("2026-01-06T08:30:00Z");  // 10:30 in Bucharest, 08:30 in London, 17:30 in Tokyo
  std::string london = bench.schedule({{"to", "+442079460018"}});
  std::string tokyo = bench.schedule({{"to", "+81312345678"}});
  std::string california = bench.schedule({{"to", "+14155550123"}});  // the country has several: its area's is taken
  std::string said =
      bench.schedule({{"window", {{"from", "09:00"}, {"to", "18:00"}, {"timezone", "America/New_York"}}}});
  CHECK(rfc3339(bench.task(london).next_ms) == "2026-01-06T09:00:00Z");
  CHECK(bench.task(tokyo).status == TaskStatus::in_progress);
  CHECK(rfc3339(bench.task(california).next_ms) == "2026-01-06T17:00:00Z");
  CHECK(rfc3339(bench.task(said).next_ms) == "2026-01-06T14:00:00Z");
  put_contact(bench, {{"timezone", "Asia/Tokyo"}});
  bench.advance_to("2026-01-06T09:30:00Z");
  std::string contacts = bench.schedule({{"contact_id", "p1"}});
  CHECK(rfc3339(bench.task(contacts).next_ms) == "2026-01-07T00:00:00Z");
}

TEST_CASE("where the number does not tell the zone, the window is open at both ends of the country") {
  TaskBench bench("", office_hours());
  bench.advance_to("2026-01-06T08:30:00Z");
  std::string id = bench.schedule({{"to", "+18005551234"}});
  CHECK(rfc3339(bench.task(id).next_ms) == "2026-01-06T19:00:00Z");
  CHECK(bench.task(id).reason == "outside the calling window in Pacific/Honolulu and America/New_York");
  Json shown = preview_task(*bench.read(), bench.task(id), bench.now_ms(), bench.directory());
  CHECK(shown.at("timezone") == "Pacific/Honolulu");
  CHECK(shown.at("timezones") == Json{"Pacific/Honolulu", "America/New_York"});
  CHECK(shown.at("attempts").at(0).at("local") == "2026-01-06T09:00:00");
}

TEST_CASE("a call asked for by hand is made at any hour, unless whoever asks says when") {
  TaskBench bench("", office_hours());
  bench.advance_to("2026-01-10T12:00:00Z");  // a Saturday
  Json params{{"to", "+40721234567"}};
  Json at_once = bench.command("call.create", {{"tenant", "B1/L1"}, {"params", params}});
  CHECK(bench.claim(at_once.at("action_id")));
  params["window"] = {{"days", "mon-fri"}, {"from", "10:00"}, {"to", "12:00"}};
  Json monday = bench.command("call.create", {{"tenant", "B1/L1"}, {"params", params}});
  CHECK_FALSE(bench.claim(monday.at("action_id")));
  Action waits = bench.action(monday.at("action_id"));
  CHECK((waits.status == ActionStatus::waiting && waits.code == "outside_hours"));
  CHECK(rfc3339(waits.next_ms) == "2026-01-12T08:00:00Z");
}

TEST_CASE("who is on the do-not-call list is not called, until the time given there") {
  TaskBench bench;
  bench.command("suppression.put", {{"tenant", "B1/L1"},
                                    {"phone", "0721 234 567"},
                                    {"reason", "asked us to stop"},
                                    {"until", bench.now_ms() + kHour}});
  std::string refused = bench.schedule();
  CHECK(bench.task(refused).status == TaskStatus::failed);
  CHECK(bench.task(refused).reason == "do-not-call list: asked us to stop");
  CHECK(bench.task(bench.schedule({{"to", "+40721234568"}})).status == TaskStatus::in_progress);
  bench.advance(kHour);
  CHECK(bench.task(bench.schedule()).status == TaskStatus::in_progress);
}

TEST_CASE("a tenant's do-not-call list is its own, the one of all holds for everybody") {
  TaskBench bench;
  bench.command("suppression.put", {{"tenant", "B2/L1"}, {"phone", "+40721234567"}});
  CHECK(bench.task(bench.schedule()).status == TaskStatus::in_progress);
  bench.command("suppression.put", {{"phone", "+40721234567"}});
  CHECK(code_of(bench, bench.schedule()) == "do_not_call");
  CHECK(bench.command("suppression.delete", {{"phone", "+40721234567"}}).at("status_code") == 200);
  CHECK(bench.command("suppression.delete", {{"phone", "+40721234567"}}).at("status_code") == 404);
  CHECK(bench.task(bench.schedule()).status == TaskStatus::in_progress);
}

TEST_CASE("a batch is refused for who may not be called, and says where in its list they are") {
  Batches batches;
  batches.bench.command("suppression.put", {{"tenant", "B1/L1"}, {"phone", "+40721234567"}});
  put_contact(batches.bench, {{"phones", {"+40721234569"}}, {"consent", {{"call", false}}}}, "p2");
  std::string id = batches.ask({"+40721234566", "0721 234 567", "+40721234568", "0721234569", "12", "0040721234568"});
  CHECK_FALSE(batches.bench.claim(id));
  Action action = batches.bench.action(id);
  CHECK(action.status == ActionStatus::refused);
  CHECK(action.code == "recipients_refused");
  CHECK(action.reason ==
        "4 of 6 recipients may not be called, by their places in the list: "
        "2 (do_not_call), 4 (no_consent), 5 (invalid_number), 6 (listed twice)");
}

TEST_CASE("a batch of many who may not be called names the first of them") {
  Batches batches;
  std::string id = batches.ask(std::vector<std::string>(30, "12"));
  CHECK_FALSE(batches.bench.claim(id));
  CHECK(batches.bench.action(id).reason.ends_with("19 (listed twice), 20 (listed twice), ..."));
}

TEST_CASE("a batch in which everybody may be called goes, and counts as a call to each of them") {
  CallingPolicy calling = TaskBench::open_day_and_night();
  calling.per_person = 1;
  Batches batches(calling);
  std::string id = batches.ask({"0721 234 567", "+40721234568"});
  CHECK(batches.bench.action(id).params.at("recipients") == Json{{{"to", "+40721234567"}}, {{"to", "+40721234568"}}});
  CHECK(batches.bench.claim(id));
  CHECK(code_of(batches.bench, batches.bench.schedule({{"to", "+40721234568"}})) == "too_often");
  CHECK(code_of(batches.bench, batches.bench.schedule({{"to", "+40721234569"}})) == "");
}

TEST_CASE("a batch waits until everybody may be called, looked at when the provider begins with it") {
  Batches batches(office_hours());
  batches.bench.advance_to("2026-01-06T08:30:00Z");  // 10:30 in Bucharest, 08:30 in London
  std::string id = batches.ask({"+40721234567", "+442079460018"});
  CHECK_FALSE(batches.bench.claim(id));
  Action waits = batches.bench.action(id);
  CHECK((waits.status == ActionStatus::waiting && waits.code == "outside_hours"));
  CHECK(rfc3339(waits.next_ms) == "2026-01-06T09:00:00Z");
  const int64_t nine_ms = *parse_rfc3339("2026-01-06T09:00:00Z");
  for (const Json& nine : {Json(nine_ms), Json(static_cast<double>(nine_ms) + 0.5)}) {
    INFO(nine.dump());
    CHECK(batches.bench.claim(batches.ask({"+40721234567", "+442079460018"}, nine)));
  }
}

TEST_CASE("a batch whose beginning cannot be read is refused, and never begun at another moment") {
  Batches batches;
  for (const Json& wrong : {Json("2026-01-06T09:00:00Z"), Json(true), Json{{"at", 1}}, Json(1e300)}) {
    INFO(wrong.dump());
    std::string id = batches.ask({"+40721234567"}, wrong);
    CHECK_FALSE(batches.bench.claim(id));
    Action action = batches.bench.action(id);
    CHECK((action.status == ActionStatus::refused && action.code == "invalid"));
    CHECK(action.reason ==
          "not_before: found " + wrong.dump() + ", expected milliseconds since 1970, at most a year ahead");
  }
}

TEST_CASE("a batch for a later day counts as a call of that day, and today's calls still count") {
  CallingPolicy calling = TaskBench::open_day_and_night();
  calling.per_person = 1;
  Batches batches(calling);
  TaskBench& bench = batches.bench;
  const int64_t later_ms = bench.now_ms() + 5 * 24 * kHour;
  const std::string one = batches.ask({"+40721234567"}, later_ms), other = batches.ask({"+40721234568"}, later_ms);
  const Json wish{{"to", "+40721234568"}};
  REQUIRE(bench.claim(one));
  CHECK(code_of(bench, bench.schedule()) == "");
  bench.place(bench.action_of(bench.schedule(wish)));
  REQUIRE(bench.claim(other));
  CHECK(code_of(bench, bench.schedule(wish)) == "too_often");
  bench.advance(5 * 24 * kHour + kHour);
  CHECK(code_of(bench, bench.schedule()) == "too_often");
  CHECK(code_of(bench, bench.schedule(wish)) == "too_often");
}

TEST_CASE("what is no tenant's calls nobody who is on any tenant's do-not-call list") {
  TaskBench bench;
  Json wish{{"to", "+40721234567"}};
  bench.command("suppression.put", {{"tenant", "B1/L1"},
                                    {"phone", "+40721234567"},
                                    {"reason", "asked us to stop"},
                                    {"until", bench.now_ms() + kHour}});
  Json refused = bench.command("task.create", {{"wish", wish}});
  CHECK(bench.task(refused.at("id")).reason == "do-not-call list: asked us to stop");
  bench.advance(kHour);
  Json allowed = bench.command("task.create", {{"wish", wish}});
  CHECK(bench.task(allowed.at("id")).status == TaskStatus::in_progress);
}

TEST_CASE("somebody put on the list after the attempt was asked for is not called either") {
  TaskBench bench;
  std::string id = bench.schedule();
  bench.command("suppression.put", {{"phone", "+40721234567"}});
  CHECK_FALSE(bench.claim(bench.action_of(id)));
  CHECK(bench.action(bench.action_of(id)).status == ActionStatus::refused);
  CHECK((bench.task(id).status == TaskStatus::failed && code_of(bench, id) == "do_not_call"));
}

TEST_CASE("a contact's word about being called is kept") {
  const std::pair<Json, const char*> cases[] = {
      {{{"do_not_call", true}}, "do_not_call"},
      {{{"consent", {{"call", false}}}}, "no_consent"},
      {{{"consent", {{"sms", false}}}}, ""},
      {Json::object(), ""},
  };
  for (const auto& [row, code] : cases) {
    TaskBench bench;
    put_contact(bench, row);
    CHECK(code_of(bench, bench.schedule()) == code);
  }
}

TEST_CASE("what a contact's row says that is neither yes nor no is a no") {
  const std::pair<Json, const char*> cases[] = {
      {{{"do_not_call", "true"}}, "do_not_call"},
      {{{"do_not_call", 1}}, "do_not_call"},
      {{{"do_not_call", nullptr}, {"consent", nullptr}}, ""},
      {{{"do_not_call", false}, {"consent", {{"call", true}}}}, ""},
      {{{"consent", {{"call", nullptr}}}}, ""},
      {{{"consent", {{"call", "no"}}}}, "no_consent"},
      {{{"consent", {{"call", 0}}}}, "no_consent"},
      {{{"consent", "no"}}, "no_consent"},
      {{{"consent", false}}, "no_consent"},
  };
  for (const auto& [row, code] : cases) {
    INFO(row);
    TaskBench bench;
    put_contact(bench, row);
    CHECK(code_of(bench, bench.schedule()) == code);
  }
}

TEST_CASE("a rule is told that what it puts of a contact cannot be understood") {
  const std::pair<const char*, const char*> cases[] = {
      {"do_not_call = 'true'", "put the contact p1: do_not_call: found \"true\", expected true or false"},
      {"do_not_call = 1", "do_not_call: found 1, expected true or false"},
      {"consent = 'no'", "consent: found \"no\", expected true or false for each type of action"},
      {"consent = false", "consent: found false, expected true or false for each type of action"},
      {"consent = { call = 'no' }", "consent.call: found \"no\", expected true or false"},
      {"consent = { call = 0 }", "consent.call: found 0, expected true or false"},
      {"timezone = 'Europe/Bucuresti'", "timezone: found \"Europe/Bucuresti\", expected an IANA time zone"},
      {"timezone = 2", "timezone: found 2, expected an IANA time zone"},
      {"do_not_call = false, consent = { call = true }, timezone = 'Europe/Bucharest'", ""},
      {"do_not_call = json.null, consent = {}, timezone = ''", ""},
  };
  for (const auto& [fields, error] : cases) {
    INFO(fields);
    TaskBench bench(fmt::format("local json = require 'hookswitch.json' "
                                "return {{ name = 'more', on = 'message.received', handle = function(event, ctx) "
                                "ctx.contacts:put {{ id = 'p1', {} }} end }}",
                                fields));
    bench.report("message.received", Json::object());
    const bool good = std::string(error).empty();
    CHECK(find_contact(*bench.read(), "p1").has_value() == good);
    REQUIRE(bench.dead() == (good ? 0 : 1));
    if (good) continue;
    Json letter = dead_page(*bench.read(), {}, "", 1)->rows.at(0);
    CHECK_THAT(letter.at("reason").get<std::string>(), Catch::Contains(error));
  }
}

TEST_CASE("of what is no tenant's every contact's no counts, whosever they are") {
  for (const char* no : {"consent", "do_not_call"}) {
    INFO(no);
    TaskBench bench;
    Json phones{"+40721234567"};
    bench.command("contact.put", {{"id", "a"}, {"row", {{"id", "a"}, {"phones", phones}}}});
    Json row{{"id", "b"}, {"tenant", "B1/L1"}, {"phones", phones}, {no, true}};
    if (std::string(no) == "consent") row[no] = {{"call", false}};
    bench.command("contact.put", {{"id", "b"}, {"row", row}});
    Json wish{{"to", "+40721234567"}};
    Json nobodys = bench.command("task.create", {{"wish", wish}});
    CHECK(code_of(bench, nobodys.at("id")) != "");
    Json others = bench.command("task.create", {{"tenant", "B2/L1"}, {"wish", wish}});
    CHECK(code_of(bench, others.at("id")) == "");
  }
}

TEST_CASE("a contact's no is kept whichever of those who share the number is meant") {
  TaskBench bench;
  Json phones{"+40721234567"};
  bench.command("contact.put", {{"id", "a1"}, {"row", {{"tenant", "B1/L1"}, {"phones", phones}}}});
  Json no{{"tenant", "B1/L1"}, {"phones", phones}, {"do_not_call", true}};
  bench.command("contact.put", {{"id", "b2"}, {"row", no}});
  CHECK(code_of(bench, bench.schedule()) == "do_not_call");
  for (const char* meant : {"a1", "b2", "crm-77"}) {
    INFO(meant);
    CHECK(code_of(bench, bench.schedule({{"to", "+40721234567"}, {"contact_id", meant}})) == "do_not_call");
  }
  CHECK(bench.task(bench.schedule(Json::object(), "B2/L1")).status == TaskStatus::in_progress);
}

TEST_CASE("whose id nobody has is called on the clock of the contact who has the number") {
  TaskBench bench("", office_hours());
  bench.advance_to("2026-01-06T09:30:00Z");
  put_contact(bench, {{"timezone", "Asia/Tokyo"}});
  std::string id = bench.schedule({{"to", "+40721234567"}, {"contact_id", "crm-77"}});
  CHECK(rfc3339(bench.task(id).next_ms) == "2026-01-07T00:00:00Z");
}

TEST_CASE("a contact's word is kept however their numbers were written when they were put") {
  for (const char* written : {"+40721234567", "0721 234 567", "+40 721-234-567", "0040721234567"}) {
    INFO(written);
    Json row{{"id", "p1"}, {"tenant", "B1/L1"}, {"phones", {written}}, {"do_not_call", true}};
    TaskBench person;
    Json put = person.command("contact.put", {{"id", "p1"}, {"row", row}});
    CHECK(put.at("phones") == Json{"+40721234567"});
    CHECK(code_of(person, person.schedule()) == "do_not_call");
    TaskBench rule(
        "return { name = 'more', on = 'message.received', handle = function(event, ctx) "
        "ctx.contacts:put(event.data.row) end }");
    rule.report("message.received", {{"row", row}});
    CHECK(code_of(rule, rule.schedule()) == "do_not_call");
  }
}

TEST_CASE("who asks over WhatsApp not to be called is not called, and is found by that address") {
  TaskBench bench(
      "return { name = 'more', on = 'message.received', handle = function(event, ctx) "
      "local known = ctx.contacts:find { phone = event.data.from } "
      "ctx.contacts:put { id = known and 'again' or 'p1', phones = { event.data.from }, do_not_call = true } end }");
  bench.report("message.received", {{"from", "whatsapp:+40721234567"}});
  CHECK(find_contact(*bench.read(), "p1")->at("phones") == Json{"whatsapp:+40721234567"});
  CHECK(code_of(bench, bench.schedule()) == "do_not_call");
  bench.report("message.received", {{"from", "WhatsApp:+40721234567"}});
  CHECK(find_contact(*bench.read(), "again"));
  TaskBench asked(
      "return { name = 'more', on = 'message.received', handle = function(event, ctx) "
      "ctx.tasks:schedule { key = 'k', to = event.data.from, after = '1s', source = 'phone' } end }");
  asked.report("message.received", {{"from", "whatsapp:+40721234567"}});
  asked.advance(2'000);
  auto reader = asked.read();
  auto tasks = task_page(*reader, {}, "", 10);
  REQUIRE(tasks->rows.size() == 1);
  CHECK(tasks->rows[0]["code"] == "invalid_number");
}

TEST_CASE("nobody is rung or written to whose number is known only by an address of another channel") {
  TaskBench bench;
  put_contact(bench, {{"tenant", "B1/L1"}, {"phones", {"WhatsApp:+40 721 234 567", "anonymous:1"}}});
  CHECK(code_of(bench, bench.schedule({{"contact_id", "p1"}})) == "no_number");
  CHECK(code_of(bench, bench.schedule({{"contact_id", "p1"}, {"channel", "sms"}, {"body", "Hello"}})) == "no_number");
  const Json call{{"tenant", "B1/L1"}, {"params", {{"contact_id", "p1"}}}};
  CHECK_THAT(json_text(bench.command("call.create", call), "detail"), Catch::Contains("expected a telephone number"));
  put_contact(bench, {{"tenant", "B1/L1"}, {"phones", {"whatsapp:+40721234567", "0721 234 568"}}});
  const Json made = bench.command("call.create", call);
  INFO(made.dump());
  CHECK(bench.action(made.value("action_id", "")).params.at("to") == "+40721234568");
}

TEST_CASE("a no counts of everybody who has the number, by whatever channel, whoever is asked first") {
  const std::string number = "+40721234567", address = "whatsapp:" + number;
  const std::string who = GENERATE("a", "z");
  const std::string said_by = GENERATE_COPY(number, address);
  TaskBench bench;
  put_contact(bench, {{"phones", {said_by}}, {"do_not_call", true}}, who);
  put_contact(bench, {{"phones", {said_by == number ? address : number}}}, "m");
  CHECK(code_of(bench, bench.schedule()) == "do_not_call");
}

TEST_CASE("what a rule puts as a number and is none stays as it was given") {
  TaskBench bench(
      "return { name = 'more', on = 'message.received', handle = function(event, ctx) "
      "ctx.contacts:put { id = 'p1', tenant = 'B1/L1', phones = { 'anonymous', '0721234567' } } end }");
  bench.report("message.received", Json::object());
  CHECK(bench.dead() == 0);
  CHECK(find_contact(*bench.read(), "p1")->at("phones") == Json{"anonymous", "+40721234567"});
}

TEST_CASE("what a provider is told to dial is E.164, however a contact's number is written") {
  TaskBench bench(
      "return { name = 'more', on = 'message.received', handle = function(event, ctx) "
      "ctx.contacts:put { id = 'p1', phones = { '(310) 555-1234' } } end }");
  bench.report("message.received", Json::object());
  REQUIRE(find_contact(*bench.read(), "p1")->at("phones") == Json{"(310) 555-1234"});
  std::string id = bench.schedule({{"contact_id", "p1"}}, "B2/L1");
  CHECK(bench.action(bench.action_of(id)).params.at("to") == "+13105551234");
}

TEST_CASE("where consent is required, saying nothing is not enough") {
  CallingPolicy calling = TaskBench::open_day_and_night();
  calling.consent_required = true;
  TaskBench bench("", calling);
  CHECK(code_of(bench, bench.schedule()) == "no_consent");
  put_contact(bench, {{"consent", {{"call", true}}}});
  CHECK(bench.task(bench.schedule()).status == TaskStatus::in_progress);
}

TEST_CASE("one person is called so many times a day, and then on the next one") {
  CallingPolicy calling = TaskBench::open_day_and_night();
  calling.per_person = 2;
  TaskBench bench("", calling);
  for (int i = 0; i < 2; ++i) bench.place(bench.action_of(bench.schedule()));
  Task third = bench.task(bench.schedule());
  CHECK((third.status == TaskStatus::scheduled && third.code == "too_often"));
  CHECK(rfc3339(third.next_ms) == "2026-01-05T22:00:00Z");  // midnight in Bucharest
  CHECK(bench.task(bench.schedule({{"channel", "sms"}, {"body", "hello"}})).status == TaskStatus::in_progress);
  bench.advance_to("2026-01-05T22:00:00Z");
  CHECK(bench.task(third.id).status == TaskStatus::in_progress);
}

TEST_CASE("repeating one attempt counts once") {
  CallingPolicy calling = TaskBench::open_day_and_night();
  calling.per_person = 2;
  TaskBench bench("", calling);
  std::string id = bench.schedule();
  for (int i = 0; i < 4; ++i) {
    REQUIRE(bench.claim(bench.action_of(id)));
    bench.answer(bench.action_of(id), {{"kind", "retry"}});
    bench.advance(kHour / 2);
  }
  CHECK(bench.task(bench.schedule()).status == TaskStatus::in_progress);
}

TEST_CASE("numbers that cost or matter are not called unless that is allowed") {
  TaskBench bench;
  CHECK(code_of(bench, bench.schedule({{"to", "+449012345678"}})) == "premium_number");
  CHECK(code_of(bench, bench.schedule({{"to", "112"}})) == "emergency_number");
  Json refused = bench.command("task.create", {{"tenant", "B1/L1"}, {"wish", {{"to", "12"}}}});
  CHECK(refused.at("status_code") == 400);
  CallingPolicy calling = TaskBench::open_day_and_night();
  calling.allow = {NumberKind::premium};
  TaskBench allowed("", calling);
  CHECK(allowed.task(allowed.schedule({{"to", "+449012345678"}})).status == TaskStatus::in_progress);
  CHECK(code_of(allowed, allowed.schedule({{"to", "112"}})) == "emergency_number");
}

TEST_CASE("what was to be done before a time is not done after it") {
  TaskBench bench("", office_hours());
  bench.advance_to("2026-01-09T15:30:00Z");  // Friday, 17:30 in Bucharest
  std::string id = bench.schedule({{"due_at", "2026-01-09T16:30:00Z"}, {"expires_at", "2026-01-10T12:00:00Z"}});
  bench.advance_to("2026-01-09T16:30:00Z");
  CHECK(bench.task(id).status == TaskStatus::failed);
  CHECK(code_of(bench, id) == "expired");
}

TEST_CASE("a window that never opens is said, not waited for") {
  CallingPolicy calling = office_hours();
  for (const char* month : {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"}) {
    for (int day = 1; day <= 31; ++day) calling.holidays.insert(fmt::format("{}-{:02}", month, day));
  }
  TaskBench bench("", calling);
  CHECK(code_of(bench, bench.schedule()) == "never_open");
}

TEST_CASE("a preview shows every attempt inside the window, and changes nothing") {
  TaskBench bench("", office_hours());
  std::string id = bench.schedule({{"due_at", "2026-03-27T15:50:00Z"},  // Friday, 17:50 in Bucharest
                                   {"retry", {{"attempts", 3}, {"delays", {"15m", "1h"}}, {"jitter", 0}}}});
  std::string before = bench.everything();
  Json shown = preview_task(*bench.read(), bench.task(id), bench.now_ms(), bench.directory());
  CHECK(shown.at("timezone") == "Europe/Bucharest");
  CHECK_FALSE(shown.contains("timezones"));
  REQUIRE(shown.at("attempts").size() == 3);
  CHECK(shown["attempts"][0]["local"] == "2026-03-27T17:50:00");
  CHECK(shown["attempts"][1]["local"] == "2026-03-30T09:00:00");  // the clocks have changed meanwhile
  CHECK(shown["attempts"][1]["at"] == "2026-03-30T06:00:00Z");
  CHECK(shown["attempts"][1]["moved_by"] == "outside_hours");
  CHECK(shown["attempts"][2]["local"] == "2026-03-30T10:00:00");
  CHECK(bench.everything() == before);
}

TEST_CASE("a preview counts the attempts that it shows against what one person is called in a day") {
  CallingPolicy calling = TaskBench::open_day_and_night();
  calling.per_person = 2;
  TaskBench bench("", calling);
  std::string id = bench.schedule({{"due_at", "2026-01-06T10:00:00Z"},
                                   {"retry", {{"attempts", 4}, {"delays", {"1h"}}, {"jitter", 0}}}});
  Json attempts = preview_task(*bench.read(), bench.task(id), bench.now_ms(), bench.directory()).at("attempts");
  REQUIRE(attempts.size() == 4);
  CHECK(attempts[1]["local"] == "2026-01-06T13:00:00");
  CHECK_FALSE(attempts[1].contains("moved_by"));
  CHECK(attempts[2]["local"] == "2026-01-07T00:00:00");
  CHECK(attempts[2]["moved_by"] == "too_often");
  CHECK(attempts[3]["local"] == "2026-01-07T01:00:00");
}

TEST_CASE("over a year every attempt is inside its window and none is missing") {
  const char* zones[] = {"Europe/Bucharest", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
                         "America/Santiago"};
  TaskBench bench;
  bench.advance_to("2026-01-12T00:00:00Z");
  std::vector<std::string> ids;
  for (int day = 0; day < 350; day += 5) {
    for (const char* zone : zones) {
      int64_t due_ms = bench.now_ms() + day * 24 * kHour + (day * 7919 % 1440) * 60'000;
      Json window{{"days", "mon-sat"}, {"from", "09:00"}, {"to", "17:30"}, {"timezone", zone}};
      ids.push_back(bench.schedule({{"due_at", due_ms},
                                    {"to", fmt::format("+4072{:07}", ids.size())},
                                    {"window", std::move(window)},
                                    {"retry", {{"attempts", 2}, {"delays", {"5h"}}}}}));
    }
  }
  const Window hours = parse_window("mon-sat", "09:00", "17:30").value();
  std::set<std::string> ended;
  for (int step = 0; step < 366 * 3 && ended.size() < ids.size(); ++step) {
    bench.advance(8 * kHour + 60'000);
    std::vector<Json> under_way = task_page(*bench.read(), {.status = "in_progress"}, "", 200)->rows;
    for (const Json& task : under_way) {
      std::string action = task.at("action_id");
      if (!bench.claim(action)) continue;  // the window has closed meanwhile
      bench.answer(action, {{"kind", "done"}});
      bench.call_ended(action, "no_answer");
      if (bench.task(task.at("id")).status == TaskStatus::exhausted) ended.insert(task.at("id"));
    }
  }
  REQUIRE(ended.size() == ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    Task task = bench.task(ids[i]);
    REQUIRE(task.history.size() == 2);
    for (const TaskAttempt& attempt : task.history) {
      INFO(zones[i % 5] << " " << rfc3339(attempt.at_ms));
      REQUIRE(within(attempt.at_ms, zones[i % 5], hours).value());
      REQUIRE(within(bench.action(attempt.action).sent_ms, zones[i % 5], hours).value());
      REQUIRE(attempt.at_ms >= task.due_ms);
    }
  }
}

}  // namespace hookswitch::test
