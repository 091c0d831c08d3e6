// Campaigns: everybody gets their turn, at the pace that was asked for, and not when it was stopped.
#include "engine/state/campaigns.h"
#include "engine/calling/contact_list.h"
#include "tests/unit/tasks/task_bench.h"

namespace hookswitch::test {
namespace {

constexpr int64_t kSecond = 1'000;
constexpr int64_t kMinute = 60'000;

Json people(int count) {
  Json out = Json::array();
  for (int i = 0; i < count; ++i) out.push_back({{"to", fmt::format("+4072{:07}", i)}, {"variables", {{"n", i}}}});
  return out;
}

std::string begin(TaskBench& bench, int count, Json settings = Json::object()) {
  settings["name"] = "reminders";
  settings["tenant"] = "B1/L1";
  settings["people"] = people(count);
  Json made = bench.command("campaign.create", settings);
  INFO(made.dump());
  REQUIRE(made.at("status_code") == 201);
  return made.at("id");
}

Campaign campaign(TaskBench& bench, const std::string& id) { return find_campaign(*bench.read(), id).value(); }

// Ends every attempt under way so.
size_t end_all(TaskBench& bench, const std::string& status) {
  std::vector<Json> rows = task_page(*bench.read(), {.status = "in_progress"}, "", 200)->rows;
  for (const Json& task : rows) {
    bench.place(task.at("action_id"));
    bench.call_ended(task.at("action_id"), status);
  }
  return rows.size();
}

}  // namespace

TEST_CASE("attempts keep the campaign's pace") {
  TaskBench bench;
  std::string id = begin(bench, 30, {{"per_minute", 6}, {"concurrency", 100}});
  for (int at = 1; at <= 12; ++at) {
    CHECK(bench.actions().size() == static_cast<size_t>(at));
    bench.advance(10 * kSecond);
  }
}

TEST_CASE("no more attempts are under way at once than asked for") {
  TaskBench bench;
  std::string id = begin(bench, 50, {{"per_minute", 600}, {"concurrency", 3}});
  size_t reached = 0;
  for (int i = 0; i < 600 && campaign(bench, id).status == CampaignStatus::running; ++i) {
    bench.advance(10 * kSecond);
    REQUIRE(campaign(bench, id).count("in_progress") <= 3);
    reached += end_all(bench, "completed");
  }
  CHECK(reached == 50);
  CHECK(campaign(bench, id).status == CampaignStatus::completed);
  CHECK(campaign(bench, id).count("completed") == 50);
}

TEST_CASE("places that erased people left are passed over, and the campaign ends without them") {
  TaskBench bench;
  Json list = people(3);
  list[1] = Json::object();
  list.push_back(Json::object());
  const std::string id = bench.command("campaign.create", {{"name", "x"}, {"tenant", "B1/L1"}, {"people", list}})["id"];
  bench.advance(kMinute);
  CHECK(bench.actions().size() == 2);
  CHECK(end_all(bench, "completed") == 2);
  bench.advance(kMinute);
  CHECK(campaign(bench, id).status == CampaignStatus::completed);
  CHECK(campaign(bench, id).counts ==
        std::map<std::string, int64_t>{{"completed", 2}, {"in_progress", 0}, {"scheduled", 0}});

  Json nobody{{"name", "y"}, {"tenant", "B1/L1"}, {"people", {Json::object()}}};
  const std::string other = bench.command("campaign.create", nobody)["id"];
  bench.advance(kMinute);
  CHECK(campaign(bench, other).status == CampaignStatus::completed);
}

TEST_CASE("people become tasks little by little, with their own variables") {
  TaskBench bench;
  std::string id = begin(bench, 1'000, {{"concurrency", 10}, {"task", {{"variables", {{"clinic", "North"}}}}}});
  CHECK(campaign(bench, id).open() == 40);
  CHECK(campaign(bench, id).next == 40);
  Json first = bench.action(bench.actions().back().id).params;
  CHECK(first.at("variables") == Json{{"clinic", "North"}, {"n", 0}});
  end_all(bench, "completed");
  bench.advance(1);
  CHECK(campaign(bench, id).next == 41);
}

TEST_CASE("an attempt that waits for its turn is not made while its campaign is paused") {
  TaskBench bench;
  std::string id = begin(bench, 30, {{"per_minute", 600}, {"concurrency", 5}});
  bench.advance(5 * kSecond);
  std::vector<Action> waiting = bench.actions();
  REQUIRE(waiting.size() == 5);
  bench.command("campaign.pause", {{"id", id}});
  for (const Action& action : waiting) CHECK_FALSE(bench.claim(action.id));
  CHECK(bench.action(waiting[0].id).code == "campaign_paused");
  bench.command("campaign.resume", {{"id", id}});
  bench.advance(kMinute);
  for (const Action& action : waiting) CHECK(bench.claim(action.id));
}

TEST_CASE("a paused campaign attempts nothing, and goes on where it was") {
  TaskBench bench;
  std::string id = begin(bench, 30, {{"per_minute", 60}, {"concurrency", 100}});
  bench.advance(5 * kSecond);
  size_t before = bench.actions().size();
  CHECK(bench.command("campaign.pause", {{"id", id}}).at("status") == "paused");
  CHECK(bench.command("campaign.pause", {{"id", id}}).at("status_code") == 409);
  bench.advance(10 * kMinute);
  CHECK(bench.actions().size() == before);
  CHECK(bench.command("campaign.resume", {{"id", id}}).at("status") == "running");
  bench.advance(kMinute);
  CHECK(bench.actions().size() == 30);
}

TEST_CASE("a campaign that begins paused calls nobody") {
  TaskBench bench;
  std::string id = begin(bench, 5, {{"paused", true}});
  bench.advance(kMinute);
  CHECK(bench.actions().empty());
  bench.command("campaign.resume", {{"id", id}});
  bench.advance(kMinute);
  CHECK(bench.actions().size() == 5);
}

TEST_CASE("canceling takes everything back that waits") {
  TaskBench bench;
  std::string id = begin(bench, 100, {{"per_minute", 60}});
  bench.advance(2 * kSecond);
  CHECK(bench.command("campaign.cancel", {{"id", id}}).at("status") == "canceled");
  bench.advance(10 * kMinute);
  CHECK(campaign(bench, id).open() == 0);
  for (const Action& action : bench.actions()) CHECK(action.status == ActionStatus::canceled);
  CHECK(bench.command("campaign.resume", {{"id", id}}).at("status_code") == 409);
}

TEST_CASE("a campaign in which too many fail stops by itself, and a person may let it go on") {
  TaskBench bench;
  std::string id =
      begin(bench, 100, {{"per_minute", 600}, {"concurrency", 5}, {"stop", {{"failed_share", 0.5}, {"after", 10}}}});
  for (int i = 0; i < 100 && campaign(bench, id).status == CampaignStatus::running; ++i) {
    std::vector<Json> rows = task_page(*bench.read(), {.status = "in_progress"}, "", 200)->rows;
    for (const Json& task : rows) {
      if (!bench.claim(task.at("action_id"))) continue;
      bench.answer(task.at("action_id"), {{"kind", "failed"}, {"reason", "no credit"}});
    }
    bench.advance(kSecond);
  }
  Campaign stopped = campaign(bench, id);
  CHECK(stopped.status == CampaignStatus::stopped);
  CHECK((stopped.count("failed") >= 10 && stopped.count("failed") < 20));
  CHECK(stopped.reason.find("no credit") != std::string::npos);
  size_t before = bench.actions().size();
  bench.advance(10 * kMinute);
  CHECK(bench.actions().size() <= before + 5);
  bench.command("campaign.resume", {{"id", id}});
  bench.advance(kMinute);
  CHECK(campaign(bench, id).status == CampaignStatus::running);
  CHECK(campaign(bench, id).count("in_progress") == 5);
}

TEST_CASE("not reaching people does not stop a campaign") {
  TaskBench bench;
  std::string id =
      begin(bench, 30, {{"per_minute", 600}, {"concurrency", 30}, {"task", {{"retry", {{"attempts", 1}}}}}});
  for (int i = 0; i < 10; ++i) {
    bench.advance(10 * kSecond);
    end_all(bench, "no_answer");
  }
  CHECK(campaign(bench, id).status == CampaignStatus::completed);
  CHECK(campaign(bench, id).count("exhausted") == 30);
}

TEST_CASE("more people may come, also when all had their turn") {
  TaskBench bench;
  std::string id = begin(bench, 1);
  end_all(bench, "completed");
  REQUIRE(campaign(bench, id).status == CampaignStatus::completed);
  Json more = Json::array({{{"to", "+40721999999"}}});
  CHECK(bench.command("campaign.add", {{"id", id}, {"people", more}}).at("status") == "running");
  bench.advance(kMinute);
  end_all(bench, "completed");
  CHECK(campaign(bench, id).count("completed") == 2);
}

TEST_CASE("people whom a campaign has already are not called again by a further list") {
  TaskBench bench;
  Json list = people(2);
  list.push_back(Json{{"contact_id", "p1"}});
  list.push_back(Json::object());  // erased
  Json settings{{"name", "x"}, {"tenant", "B1/L1"}, {"per_minute", 600}, {"people", list}};
  const std::string id = bench.command("campaign.create", settings)["id"];
  bench.advance(kMinute);
  CHECK(end_all(bench, "completed") == 2);
  const size_t before = bench.actions().size();

  Json more = people(3);  // one is new
  more.push_back(Json{{"contact_id", "p1"}});
  more.push_back(Json::object());
  CHECK(bench.command("campaign.add", {{"id", id}, {"people", more}}).at("again") == Json{0, 1, 3});
  bench.advance(kMinute);
  CHECK(end_all(bench, "completed") == 1);
  CHECK(bench.actions().size() == before + 1);
  CHECK(campaign(bench, id).status == CampaignStatus::completed);
  CHECK(find_campaign_person(*bench.read(), id, 6)->at("to") == "+40720000002");  // at its place in the lists

  CHECK(bench.command("campaign.add", {{"id", id}, {"people", more}}).at("again") == Json{0, 1, 2, 3});
  bench.advance(kMinute);
  CHECK(bench.actions().size() == before + 1);
  CHECK(campaign(bench, id).status == CampaignStatus::completed);
}

TEST_CASE("a campaign that is changed goes on at its new pace at once") {
  TaskBench bench;
  std::string id = begin(bench, 30, {{"per_minute", 6}, {"concurrency", 100}});
  bench.advance(10 * kSecond);
  CHECK(bench.actions().size() == 2);
  Json changed = bench.command("campaign.change", {{"id", id}, {"name", "quicker"}, {"per_minute", 60}});
  CHECK((changed.at("per_minute") == 60 && changed.at("name") == "quicker" && changed.at("concurrency") == 100));
  size_t before = bench.actions().size();
  bench.advance(10 * kSecond);
  CHECK(bench.actions().size() >= before + 9);
  CHECK(bench.actions().size() <= before + 11);
  bench.advance(kMinute);
  CHECK(bench.actions().size() == 30);
}

TEST_CASE("a campaign that waits for its hours goes on when they are changed") {
  TaskBench bench;
  Json night{{"days", "sun"}, {"from", "03:00"}, {"to", "04:00"}};
  std::string id = begin(bench, 3, {{"per_minute", 600}, {"task", {{"window", night}}}});
  bench.advance(kMinute);
  CHECK(bench.actions().empty());
  bench.command("campaign.change", {{"id", id}, {"task", {{"window", "any"}}}});
  bench.advance(kMinute);
  CHECK(bench.actions().size() == 3);
  bench.command("campaign.cancel", {{"id", id}});
  CHECK(bench.command("campaign.change", {{"id", id}, {"per_minute", 5}}).at("status_code") == 409);
  CHECK(bench.command("campaign.change", {{"id", "cmp_none"}, {"per_minute", 5}}).at("status_code") == 404);
}

TEST_CASE("after a downtime the pace is kept too") {
  TaskBench bench;
  std::string id = begin(bench, 20, {{"per_minute", 1}, {"concurrency", 100}});
  size_t before = bench.actions().size();
  bench.advance(10 * kMinute);
  CHECK(bench.actions().size() == before + 10);
}

TEST_CASE("a campaign whose task is taken back goes on, and can be paused and canceled") {
  TaskBench bench(R"(return { { name = "machines", on = "call.machine", handle = function(_, ctx)
    ctx.call:update { disposition = "voicemail" }
  end } })");
  std::string id = begin(bench, 1);
  bench.advance(kMinute);
  std::string action = bench.actions().at(0).id;
  end_all(bench, "completed");
  REQUIRE(campaign(bench, id).status == CampaignStatus::completed);
  bench.report("call.machine", {{"external_ids", {{"action", action}}}, {"machine", true}});
  CHECK((campaign(bench, id).status == CampaignStatus::running && campaign(bench, id).ended_ms == 0));
  CHECK(bench.command("campaign.pause", {{"id", id}}).at("status") == "paused");
  CHECK(bench.command("campaign.resume", {{"id", id}}).at("status") == "running");
  CHECK(bench.command("campaign.cancel", {{"id", id}}).at("status") == "canceled");
  bench.advance(24 * 60 * kMinute);
  CHECK(bench.actions().size() == 1);
}

TEST_CASE("people who wait for another attempt hold up nobody's first one") {
  TaskBench bench;
  Json retry{{"attempts", 3}, {"delays", {"15m"}}, {"jitter", 0}};
  std::string id = begin(bench, 60, {{"per_minute", 60}, {"concurrency", 5}, {"task", {{"retry", retry}}}});
  for (int i = 0; i < 70; ++i) {
    bench.advance(kSecond);
    end_all(bench, "busy");
  }
  CHECK(bench.actions().size() == 60);
  CHECK((campaign(bench, id).open() == 60 && campaign(bench, id).parked == 60));
  bench.advance(15 * kMinute);
  CHECK(campaign(bench, id).parked < 60);
  CHECK(bench.actions().size() > 60);
}

TEST_CASE("people who sleep hold up nobody who is awake") {
  CallingPolicy calling = TaskBench::open_day_and_night();
  calling.window = CallingPolicy().window;
  TaskBench bench("", calling);
  bench.advance_to("2026-01-06T03:00:00Z");  // noon in Japan, night in Romania
  Json list = people(25);
  for (int i = 0; i < 5; ++i) list.push_back({{"to", fmt::format("+8190123456{:02}", i)}});
  Json wish{{"name", "x"}, {"tenant", "B1/L1"}, {"per_minute", 600}, {"concurrency", 5}, {"people", list}};
  const std::string id = bench.command("campaign.create", wish)["id"];
  bench.advance(kMinute);
  REQUIRE(bench.actions().size() == 5);
  for (const Action& action : bench.actions()) CHECK(json_text(action.params, "to").starts_with("+81"));
  CHECK(campaign(bench, id).parked == 25);
  end_all(bench, "completed");
  bench.advance_to("2026-01-06T07:01:00Z");
  CHECK(bench.actions().size() == 10);
  CHECK(campaign(bench, id).parked == 0);
}

TEST_CASE("a retry comes soon though many waited for the morning, who all have their turn at the campaign's pace") {
  CallingPolicy calling = TaskBench::open_day_and_night();
  calling.window = CallingPolicy().window;
  TaskBench bench("", calling);
  bench.advance_to("2026-01-06T03:00:00Z");  // night in Romania
  Json retry{{"attempts", 2}, {"delays", {"5m"}}, {"jitter", 0}};
  std::string id = begin(bench, 150, {{"per_minute", 6}, {"concurrency", 5}, {"task", {{"retry", retry}}}});
  bench.advance(kMinute);
  REQUIRE(campaign(bench, id).parked == 150);
  bench.advance_to("2026-01-06T07:00:00Z");
  REQUIRE(bench.actions().size() == 1);
  const std::string first = bench.actions()[0].task;
  REQUIRE(end_all(bench, "busy") == 1);
  for (size_t at = 1; at <= 150; ++at) {
    bench.advance(10 * kSecond);
    REQUIRE(bench.actions().size() == at + 1);
    end_all(bench, "completed");
    if (at == 30 + 40) CHECK(bench.task(first).attempts == 2);  // its delay and as many turns as are given ahead
  }
  CHECK(campaign(bench, id).count("completed") == 150);
}

TEST_CASE("many who come back at once keep the campaign's pace") {
  CallingPolicy calling = TaskBench::open_day_and_night();
  calling.window = CallingPolicy().window;
  TaskBench bench("", calling);
  bench.advance_to("2026-01-06T03:00:00Z");  // night in Romania
  const std::string id = begin(bench, 600, {{"per_minute", 600}, {"concurrency", 5}});
  bench.advance(kMinute);
  REQUIRE(campaign(bench, id).parked == 600);
  SECTION("after a pause over the morning") {
    bench.command("campaign.pause", {{"id", id}});
    bench.advance_to("2026-01-06T08:00:00Z");
    bench.command("campaign.resume", {{"id", id}});
  }
  SECTION("after a change of their hours") {
    bench.command("campaign.change", {{"id", id}, {"task", {{"window", "any"}}}});
  }
  for (int i = 0; i < 90 * 5; ++i) {
    bench.advance(kSecond / 5);
    end_all(bench, "completed");
  }
  CHECK(campaign(bench, id).count("completed") == 600);
}

TEST_CASE("who may not be called stops no campaign, and what stopped it is named") {
  TaskBench bench;
  const std::vector<Json> listed = people(30);
  for (int i = 0; i < 15; ++i)
    bench.command("suppression.put", {{"tenant", "B1/L1"}, {"phone", listed[static_cast<size_t>(i)]["to"]}});
  std::string id =
      begin(bench, 30, {{"per_minute", 600}, {"concurrency", 5}, {"stop", {{"failed_share", 0.5}, {"after", 4}}}});
  bench.advance(kMinute);
  CHECK(campaign(bench, id).count("failed") == 15);
  CHECK(campaign(bench, id).status == CampaignStatus::running);
  REQUIRE(end_all(bench, "completed") == 5);
  for (int i = 0; i < 30 && campaign(bench, id).status == CampaignStatus::running; ++i) {
    bench.advance(kSecond);
    std::vector<Json> rows = task_page(*bench.read(), {.status = "in_progress"}, "", 200)->rows;
    for (const Json& task : rows) {
      if (bench.claim(task.at("action_id")))
        bench.answer(task.at("action_id"), {{"kind", "failed"}, {"reason", "no credit"}});
    }
  }
  CHECK(campaign(bench, id).status == CampaignStatus::stopped);
  CHECK(campaign(bench, id).reason == "5 of 10 failed, the last: no credit");
}

TEST_CASE("a CSV file's good rows are kept and its bad ones told by line") {
  const std::string text =
      "\xef\xbb\xbfName,Phone,visit\r\n"
      "Ana,0721 234 567,monday\r\n"
      "\"Ionescu, Ion\",+40 721 234 568,\"at \"\"nine\"\"\"\r\n"
      "\r\n"
      "Bad,12,never\r\n"
      "Short,+40721234569\r\n"
      "Again,+40721234567,friday\r\n"
      "\"two\nlines\",+40721234570,x\r\n"
      ",,\r\n"
      "Last,0721234571,y";
  auto list = read_contacts_csv(text, "RO");
  REQUIRE(list);
  REQUIRE(list->good.size() == 4);
  CHECK(list->good[0] == Json{{"to", "+40721234567"}, {"variables", {{"Name", "Ana"}, {"visit", "monday"}}}});
  CHECK(list->good[1]["variables"]["Name"] == "Ionescu, Ion");
  CHECK(list->good[1]["variables"]["visit"] == "at \"nine\"");
  CHECK(list->good[2]["variables"]["Name"] == "two\nlines");
  std::vector<std::pair<size_t, std::string>> bad;
  for (const BadRow& row : list->bad) bad.emplace_back(row.line, row.reason);
  CHECK(bad == std::vector<std::pair<size_t, std::string>>{{5, "\"12\" is no telephone number"},
                                                           {6, "2 fields, expected 3"},
                                                           {7, "the same as line 2"},
                                                           {10, "neither a number nor a contact_id"}});
}

TEST_CASE("a CSV file without a column of numbers, or too long, is refused whole") {
  CHECK_FALSE(read_contacts_csv("name,visit\nAna,monday\n", "RO"));
  CHECK_FALSE(read_contacts_csv("", "RO"));
  std::string many = "contact_id\n";
  for (size_t i = 0; i < limits::kCampaignContacts; ++i) many += "p" + std::to_string(i) + "\n";
  CHECK(read_contacts_csv(many, "")->good.size() == limits::kCampaignContacts);
  CHECK_FALSE(read_contacts_csv(many + "one more\n", ""));
  CHECK(read_contacts_csv("to\n\"+40721234567\n", "RO")->bad.at(0).reason == "a quote is not closed");
}

TEST_CASE("a JSON list is sorted the same way") {
  auto list = read_contacts_json(
      Json::array({{{"to", "0721234567"}}, {{"contact_id", "p1"}}, {{"to", "x"}}, {{"phone", "1"}}, 7}), "RO");
  REQUIRE(list);
  CHECK((list->good.size() == 2 && list->bad.size() == 3));
  CHECK_FALSE(read_contacts_json({{"to", "0721234567"}}, "RO"));
}

}  // namespace hookswitch::test
