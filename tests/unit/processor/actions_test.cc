// An action of the outbox from being asked for to its end: every step is a record, and no step rings anybody twice.
#include "engine/processor/actions.h"

#include <catch2/catch.hpp>

#include "engine/processor/command.h"
#include "engine/processor/command_check.h"
#include "engine/state/calls.h"
#include "tests/support/temp_dir.h"

using namespace hookswitch;

namespace {

constexpr int64_t kNow = 1'766'084'400'000;  // a Thursday, 19:00 UTC: day for everybody who is called here

// A provider whose answers say in plain words what they are: the body of a response is the outcome's kind.
class PlainSource final : public Source {
 public:
  explicit PlainSource(std::string name = "plain") : name_(std::move(name)) {}
  const std::string& name() const override { return name_; }
  const std::string& provider() const override { return name_; }
  Result<Verdict> verify(const DeliveryRequest&) const override { return Verdict{}; }
  bool can_stream() const override { return false; }
  std::unique_ptr<StreamedVerify> begin_verify(const DeliveryRequest&) const override { return nullptr; }
  Result<std::vector<DecodedEvent>> decode(const DecodeInput&) const override { return std::vector<DecodedEvent>(); }
  Result<RenderedReply> render(const DecodedEvent&, std::string_view) const override { return RenderedReply{}; }
  RenderedReply default_reply(const DeliveryRequest&) const override { return {}; }
  std::vector<std::string> action_types() const override { return {"call", "end_call"}; }
  Result<ActionOutcome> parse_action(const ActionView&, const HttpResponse& response) const override {
    return outcome_of(response.body);
  }
  Result<ActionOutcome> match_action(const ActionView&, const HttpResponse& response) const override {
    return outcome_of(response.body);
  }

 private:
  static ActionOutcome outcome_of(const std::string& word) {
    using Kind = ActionOutcome::Kind;
    ActionOutcome out{.code = word, .reason = "the provider said " + word};
    if (word == "done") out = {.kind = Kind::done, .result = R"({"external_ids":{"call_sid":"CA1"}})"};
    if (word == "over already") out = {.kind = Kind::done, .result = "{}"};
    if (word == "retry") out.kind = Kind::retry;
    if (word == "failed") out.kind = Kind::failed;
    if (word == "denied") out.kind = Kind::denied;
    if (word == "more") out.cursor = "page2";
    return out;
  }

  const std::string name_;
};

class Outbox {
 public:
  Outbox() {
    sources_.put(std::make_shared<PlainSource>());
    store_ = std::move(*Store::open({.dir = dir_.path() + "/state"}, clock_));
  }

  std::string ask(const std::string& about = "a", Json params = {{"to", "+13105551234"}},
                  const std::string& source = "plain") {
    std::string id;
    write([&](Writer& writer) {
      Action asked;
      asked.type = "call";
      asked.source = source;
      asked.params = std::move(params);
      auto made = make_action(writer, at(1), about, asked);
      if (made) id = *made;
    });
    return id;
  }

  /// What who waits for the record is told.
  Json result(const std::string& id, const std::string& name, int attempt, const std::string& body = "",
              const Headers& more = {}) {
    Json told;
    write([&](Writer& writer) {
      Headers headers{{":name", name}, {":action", id}, {":attempt", std::to_string(attempt)}};
      if (!body.empty()) headers.emplace_back(":status", std::to_string(http_status));
      headers.insert(headers.end(), more.begin(), more.end());
      std::string block = encode_headers(headers);
      RecordView record = at(++seq_);
      record.kind = RecordKind::result;
      record.source = result_source;
      record.header_block = block;
      record.body = body;
      auto taken = ActionResults(sources_, directory_).take(writer, record);
      REQUIRE(taken);
      told = Json::parse(taken->answer.body);
      told["event"] = taken->event ? taken->event->type : "";
    });
    return told;
  }

  Action action(const std::string& id) { return *find_action(**store_->read(), id); }
  Store& store() { return *store_; }
  void write(const std::function<void(Writer&)>& fn) {
    REQUIRE(store_->write([&](Writer& writer) -> Status {
      fn(writer);
      return {};
    }));
  }
  RecordView at(uint64_t seq) const {
    RecordView record;
    record.seq = seq;
    record.time_ms = now_ms;
    return record;
  }
  void add_source(const std::string& name) { sources_.put(std::make_shared<PlainSource>(name)); }
  const Sources& sources() const { return sources_; }
  const Directory& directory() const { return directory_; }

  int64_t now_ms = kNow;
  std::string result_source;
  int http_status = 200;  // of what is answered

 private:
  test::TempDir dir_;
  ManualClock clock_{kNow};
  Sources sources_;
  Directory directory_;
  std::unique_ptr<Store> store_;
  uint64_t seq_ = 1;
};

}  // namespace

TEST_CASE("an action that was claimed and answered is done, and its call has the provider's id") {
  Outbox outbox;
  std::string id = outbox.ask();
  CHECK(outbox.action(id).status == ActionStatus::waiting);
  CHECK(outbox.result(id, "claim", 1)["granted"] == true);
  CHECK(outbox.action(id).status == ActionStatus::sending);
  Json told = outbox.result(id, "answer", 1, "done");
  CHECK(told["status"] == "done");
  CHECK(told["event"] == "action.done");
  auto reader = *outbox.store().read();
  CHECK(resolve_call_id(*reader, "CA1") == call_of_action(id));
}

TEST_CASE("an action without a source goes to the only one that can do it, and is refused where several can") {
  Outbox outbox;
  std::string id = outbox.ask("a", {{"to", "+13105551234"}}, "");
  CHECK(outbox.result(id, "claim", 1)["granted"] == false);
  CHECK((outbox.action(id).status == ActionStatus::waiting && outbox.action(id).source == "plain"));
  CHECK(outbox.result(id, "claim", 1)["granted"] == true);

  outbox.add_source("other");
  id = outbox.ask("b", {{"to", "+13105551234"}}, "");
  CHECK(outbox.result(id, "claim", 1)["event"] == "action.failed");
  CHECK((outbox.action(id).status == ActionStatus::refused && outbox.action(id).code == "no_source"));
  CHECK(outbox.action(id).reason.find("other, plain") != std::string::npos);
}

TEST_CASE("where the log says that an action went to a source it is that one's, whatever is configured now") {
  Outbox outbox;
  outbox.add_source("other");
  std::string id = outbox.ask("a", {{"to", "+13105551234"}}, "");
  SECTION("it was claimed at once") {}
  SECTION("it was refused first, and a person let it be sent") { outbox.result(id, "claim", 1); }
  outbox.result_source = "plain";
  CHECK(outbox.result(id, "claim", 1)["granted"] == true);
  CHECK(outbox.result(id, "answer", 1, "done")["status"] == "done");
  CHECK((outbox.action(id).source == "plain" && outbox.action(id).code.empty()));
}

TEST_CASE("asking for the same thing again changes nothing") {
  Outbox outbox;
  std::string id = outbox.ask("callback/7");
  outbox.result(id, "claim", 1);
  CHECK(outbox.ask("callback/7") == id);
  CHECK(outbox.action(id).status == ActionStatus::sending);
  CHECK(outbox.ask("callback/8") != id);
}

TEST_CASE("an attempt is granted once") {
  Outbox outbox;
  std::string id = outbox.ask();
  CHECK(outbox.result(id, "claim", 1)["granted"] == true);
  CHECK(outbox.result(id, "claim", 1)["granted"] == false);
  CHECK(outbox.result(id, "claim", 2)["granted"] == false);
  CHECK(outbox.result("axn_none", "claim", 1)["granted"] == false);
}

TEST_CASE("what each answer does to an action") {
  struct Case {
    const char* body;
    Headers more;
    const char* status;
    const char* event;
  };
  const Case kCases[] = {
      {"done", {}, "done", "action.done"},
      {"failed", {}, "failed", "action.failed"},
      {"retry", {}, "waiting", ""},
      {"denied", {}, "waiting", ""},
      {"garbage", {}, "unknown", "action.unknown"},
      {"", {{":error", "refused"}, {":sent", "no"}}, "waiting", ""},
      {"", {{":error", "timed out"}, {":sent", "maybe"}}, "unknown", "action.unknown"},
      {"", {{":error", "no such type"}, {":sent", "never"}}, "failed", "action.failed"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.body, one.more.empty() ? "" : one.more[1].second);
    Outbox outbox;
    std::string id = outbox.ask();
    outbox.result(id, "claim", 1);
    Json told = outbox.result(id, "answer", 1, one.body, one.more);
    CHECK(told["status"] == one.status);
    CHECK(told["event"] == one.event);
  }
}

TEST_CASE("an attempt that the account was not allowed does not count") {
  Outbox outbox;
  std::string id = outbox.ask();
  outbox.result(id, "claim", 1);
  CHECK(outbox.result(id, "answer", 1, "denied")["denied"] == true);
  CHECK(outbox.action(id).attempt == 0);
  CHECK(outbox.action(id).next_ms > kNow);
}

TEST_CASE("retries wait longer each time and end") {
  Outbox outbox;
  std::string id = outbox.ask();
  int64_t waited = 0;
  for (int attempt = 1; attempt < 5; ++attempt) {
    outbox.now_ms = std::max(outbox.now_ms, outbox.action(id).next_ms);
    REQUIRE(outbox.result(id, "claim", attempt)["granted"] == true);
    CHECK(outbox.result(id, "answer", attempt, "retry")["status"] == "waiting");
    int64_t wait = outbox.action(id).next_ms - outbox.now_ms;
    CHECK(wait > waited);
    waited = wait;
  }
  outbox.now_ms = outbox.action(id).next_ms;
  outbox.result(id, "claim", 5);
  CHECK(outbox.result(id, "answer", 5, "retry")["status"] == "failed");
}

TEST_CASE("what a provider puts off costs no attempt, is asked for ever less often, and is given up after a day") {
  Outbox outbox;
  std::string id = outbox.ask("a", {{"to", "+13105551234"}, {"window", "any"}});
  outbox.http_status = 429;
  int asked = 0;
  while (outbox.action(id).status == ActionStatus::waiting && asked < 1'000) {
    outbox.now_ms = std::max(outbox.now_ms, outbox.action(id).next_ms);
    REQUIRE(outbox.result(id, "claim", 1)["granted"] == true);
    outbox.result(id, "answer", 1, "retry");
    if (++asked != 20) continue;
    CHECK(outbox.action(id).attempt == 0);
    CHECK(outbox.action(id).next_ms > outbox.now_ms + 60'000);
  }
  CHECK(outbox.action(id).status == ActionStatus::failed);
  CHECK(outbox.now_ms >= kNow + 86'400'000);
  CHECK(asked < 350);
  outbox.write([&](Writer& writer) { CHECK(retry_action(writer, outbox.at(9'000), id)); });
  CHECK(outbox.result(id, "claim", 2)["granted"] == true);
  CHECK(outbox.result(id, "answer", 2, "retry")["status"] == "waiting");
}

TEST_CASE("what a provider put off and reports about all the same is done, and not sent again") {
  Outbox outbox;
  std::string id = outbox.ask();
  outbox.http_status = 429;
  outbox.result(id, "claim", 1);
  outbox.result(id, "answer", 1, "retry");
  outbox.write([&](Writer& writer) {
    CHECK(ActionResults(outbox.sources(), outbox.directory()).witness(writer, outbox.at(9), id));
  });
  outbox.now_ms += 60'000;
  CHECK(outbox.result(id, "claim", 1)["granted"] == false);
}

TEST_CASE("a lost attempt is looked for before anything is sent again") {
  Outbox outbox;
  std::string id = outbox.ask();
  outbox.result(id, "claim", 1);
  CHECK(outbox.result(id, "lost", 1)["status"] == "unknown");
  CHECK(outbox.result(id, "claim", 2)["granted"] == false);
  SECTION("found: it is done") { CHECK(outbox.result(id, "looked", 1, "done")["status"] == "done"); }
  SECTION("certainly not there: it may be sent again") {
    CHECK(outbox.result(id, "looked", 1, "retry")["status"] == "waiting");
    CHECK(outbox.result(id, "claim", 2)["granted"] == true);
  }
  SECTION("on another page: the next look goes on there, at once") {
    CHECK(outbox.result(id, "looked", 1, "more")["status"] == "unknown");
    CHECK(outbox.action(id).cursor == "page2");
    CHECK(outbox.action(id).next_ms == outbox.now_ms);
  }
  SECTION("a list that never ends: the look ends") {
    outbox.result(id, "looked", 1, "more");
    CHECK(outbox.result(id, "looked", 1, "more")["status"] == "unknown");
    CHECK(outbox.action(id).cursor.empty());
    CHECK(outbox.action(id).next_ms > outbox.now_ms);
  }
  SECTION("the account may not look: it stays unknown, and is not sent again") {
    CHECK(outbox.result(id, "looked", 1, "denied")["status"] == "unknown");
    CHECK(outbox.result(id, "looked", 1, "failed")["status"] == "unknown");
    CHECK(outbox.result(id, "claim", 2)["granted"] == false);
  }
  SECTION("nobody can tell: a person decides") {
    CHECK(outbox.result(id, "looked", 1, "", {{":error", "cannot tell"}, {":sent", "never"}})["status"] == "held");
    CHECK(outbox.result(id, "claim", 2)["granted"] == false);
  }
  SECTION("not to be told for long: a person decides") {
    for (int look = 1; look < 8; ++look) CHECK(outbox.result(id, "looked", 1, "garbage")["status"] == "unknown");
    CHECK(outbox.result(id, "looked", 1, "garbage")["status"] == "held");
  }
}

TEST_CASE("what was claimed before it was asked for is sent again by a person's word alone") {
  Outbox outbox, other;
  const std::string id = other.ask("redriven");
  CHECK(outbox.result(id, "claim", 1)["granted"] == false);
  CHECK(outbox.ask("redriven") == id);
  CHECK((outbox.action(id).status == ActionStatus::held && outbox.action(id).code == "claimed"));
  CHECK(outbox.result(id, "claim", 1)["granted"] == false);
  outbox.write([&](Writer& writer) { CHECK(retry_action(writer, outbox.at(8), id)); });
  CHECK(outbox.result(id, "claim", 1)["granted"] == true);
}

TEST_CASE("what may be sent twice is sent again when its outcome is unknown") {
  Outbox outbox;
  std::string id = outbox.ask();
  outbox.result(id, "claim", 1, "", {{":harmless", "1"}});
  CHECK(outbox.result(id, "lost", 1)["status"] == "waiting");
}

TEST_CASE("a report that overtakes the answer settles the action, and the answer adds what it knows") {
  Outbox outbox;
  std::string id = outbox.ask();
  outbox.result(id, "claim", 1);
  outbox.write([&](Writer& writer) {
    CHECK_FALSE(ActionResults(outbox.sources(), outbox.directory()).witness(writer, outbox.at(9), id));
  });
  CHECK(outbox.action(id).status == ActionStatus::done);
  // A start finds it among those whose answer is lost.
  CHECK(sending_actions(**outbox.store().read()) == std::vector{id});
  SECTION("success") {
    CHECK(outbox.result(id, "answer", 1, "done")["event"] == "action.done");
    CHECK(outbox.action(id).result["external_ids"]["call_sid"] == "CA1");
  }
  SECTION("an answer that was cut off") {
    Json told = outbox.result(id, "answer", 1, "", {{":error", "timed out"}, {":sent", "maybe"}});
    CHECK((told["status"] == "done" && told["event"] == "action.done"));
  }
  SECTION("no answer, because the engine ended") { CHECK(outbox.result(id, "lost", 1)["event"] == "action.done"); }
  CHECK(sending_actions(**outbox.store().read()).empty());
  CHECK(outbox.result(id, "lost", 1)["event"] == "");
  CHECK(outbox.result(id, "claim", 2)["granted"] == false);
}

TEST_CASE("an answer to an attempt that is not under way changes nothing") {
  Outbox outbox;
  std::string id = outbox.ask();
  CHECK(outbox.result(id, "answer", 1, "done")["status"] == "waiting");
  outbox.result(id, "claim", 1);
  CHECK(outbox.result(id, "answer", 2, "done")["status"] == "sending");
  outbox.result(id, "answer", 1, "failed");
  CHECK(outbox.result(id, "answer", 1, "done")["status"] == "failed");
}

TEST_CASE("people may cancel what waits and retry what was given up") {
  Outbox outbox;
  std::string id = outbox.ask();
  outbox.write([&](Writer& writer) { CHECK(cancel_action(writer, outbox.at(5), id, "no")); });
  CHECK(outbox.result(id, "claim", 1)["granted"] == false);
  outbox.write([&](Writer& writer) { CHECK_FALSE(retry_action(writer, outbox.at(6), id)); });
  std::string other = outbox.ask("b");
  outbox.result(other, "claim", 1);
  outbox.write([&](Writer& writer) { CHECK_FALSE(cancel_action(writer, outbox.at(7), other, "too late")); });
  outbox.result(other, "answer", 1, "failed");
  outbox.write([&](Writer& writer) { CHECK(retry_action(writer, outbox.at(8), other)); });
  CHECK(outbox.result(other, "claim", 2)["granted"] == true);
}

TEST_CASE("an action that can never be sent is refused when it is asked for") {
  Outbox outbox;
  CHECK(outbox.ask("x", Json::object()).empty());
  CHECK(outbox.ask("x", {{"to", "+13105551234"}, {"variables", 7}}).empty());
  CHECK(outbox.ask("x", {{"to", "+13105551234"}, {"note", std::string(100'000, 'x')}}).empty());
}

TEST_CASE("a call that a person hung up was ended manually, whenever the provider says that it is completed") {
  struct Case {
    const char* rule;
    const char* answer;
    bool completed_first;
    const char* status;
  };
  const Case kCases[] = {{"command", "done", false, "ended_manually"},
                         {"command", "done", true, "ended_manually"},
                         {"command", "over already", true, "completed"},
                         {"command", "failed", true, "completed"},
                         {"voicemail", "done", false, "completed"}};
  for (const Case& one : kCases) {
    CAPTURE(one.rule, one.answer, one.completed_first);
    Outbox outbox;
    Call call;
    call.set(CallField::id, std::string("call_1"));
    call.set(CallField::status, std::string("in_progress"));
    auto complete = [&] {
      call = **get_call(**outbox.store().read(), "call_1");
      call.merge(CallField::status, std::string("completed"), {1, kNow, 1});
      outbox.write([&](Writer& writer) { REQUIRE(put_call(writer, call)); });
    };
    std::string id;
    outbox.write([&](Writer& writer) {
      REQUIRE(put_call(writer, call));
      Action asked;
      asked.type = "end_call";
      asked.source = "plain";
      asked.call = "call_1";
      asked.rule = one.rule;
      id = *make_action(writer, outbox.at(1), "end", asked);
    });
    outbox.result(id, "claim", 1);
    if (one.completed_first) complete();
    outbox.result(id, "answer", 1, one.answer);
    if (!one.completed_first) complete();
    CHECK((*get_call(**outbox.store().read(), "call_1"))->text(CallField::status) == one.status);
  }
}

TEST_CASE("what nobody can be asked about any more may be given up by a person") {
  Outbox outbox;
  std::string id = outbox.ask();
  outbox.result(id, "claim", 1);
  outbox.result(id, "lost", 1);
  auto cancel = [&](const Sources& sources) {
    Answer answer;
    outbox.write([&](Writer& writer) {
      const RecordView record = outbox.at(9);
      CommandContext context{writer, record, sources, outbox.directory()};
      answer = acting_commands().at("action.cancel")(context, {{"id", id}});
    });
    return answer.status;
  };
  CHECK(cancel(outbox.sources()) == 409);
  CHECK(outbox.action(id).status == ActionStatus::unknown);
  CHECK(cancel(Sources()) == 200);
  CHECK(outbox.action(id).status == ActionStatus::canceled);
  CHECK(outbox.result(id, "claim", 2)["granted"] == false);
}

TEST_CASE("a call, task or campaign that would not know its source is refused before it is a record") {
  const Directory directory;
  auto good = [&](const Sources& sources, const char* command, const Json& body) {
    return check_command(sources, directory, command, body).has_value();
  };
  const Json to{{"to", "+13105551234"}}, named{{"to", "+13105551234"}, {"source", "other"}};
  const Json unknown{{"to", "+13105551234"}, {"source", "gone"}};
  Sources one, two;
  one.put(std::make_shared<PlainSource>());
  two.put(std::make_shared<PlainSource>());
  two.put(std::make_shared<PlainSource>("other"));
  CHECK_FALSE(good(two, "task.create", {{"wish", to}}));
  CHECK_FALSE(good(two, "task.create", {{"wish", unknown}}));
  CHECK(good(two, "task.create", {{"wish", named}}));
  CHECK_FALSE(good(two, "campaign.create", {{"name", "spring"}}));
  CHECK(good(two, "campaign.create", {{"name", "spring"}, {"task", {{"source", "other"}}}}));
  CHECK(good(one, "task.create", {{"wish", to}}));
  CHECK(good(Sources(), "task.create", {{"wish", to}}));  // one may be configured before it is due
  CHECK(good(two, "task.cancel", {{"id", "task_1"}}));
  CHECK_FALSE(good(two, "call.create", {{"params", to}}));
  CHECK(check_command(two, directory, "call.create", {{"params", to}, {"source", "other"}}).value_or("") == "other");
  CHECK(check_command(one, directory, "task.create", {{"wish", to}}).value_or("") == "plain");
}

TEST_CASE("a call, task or campaign is made again as it was answered: accepted by whatever sources, or refused") {
  Outbox outbox;
  auto ask = [&](const Sources& sources, const char* command, const Json& body, bool checked = true) {
    Answer answer;
    const std::string block = encode_headers(checked ? checked_headers(command, "plain") : Headers());
    outbox.write([&](Writer& writer) {
      RecordView record = outbox.at(static_cast<uint64_t>(++outbox.now_ms));
      record.header_block = block;
      CommandContext context{writer, record, sources, outbox.directory()};
      Commands commands = task_commands();
      commands.merge(campaign_commands());
      commands.merge(acting_commands());
      answer = commands.at(command)(context, body);
    });
    return answer.status;
  };
  Sources two;
  two.put(std::make_shared<PlainSource>());
  two.put(std::make_shared<PlainSource>("other"));
  CHECK(ask(two, "task.create", {{"wish", {{"to", "+13105551234"}}}}) == 201);
  CHECK(ask(two, "task.create", {{"wish", {{"to", "+13105551234"}, {"source", "gone"}}}}) == 201);
  CHECK(ask(two, "campaign.create", {{"name", "spring"}}) == 201);
  CHECK(ask(two, "call.create", {{"params", {{"to", "+13105551234"}}}}) == 202);
  CHECK(ask(Sources(), "call.create", {{"params", {{"to", "+13105551234"}}}}) == 202);
  // One that became a record before it was checked is checked now.
  CHECK(ask(two, "task.create", {{"wish", {{"to", "+13105551234"}}}}, false) == 400);
  CHECK(ask(two, "campaign.create", {{"name", "spring"}}, false) == 400);
  CHECK(ask(two, "call.create", {{"params", {{"to", "+13105551234"}}}}, false) == 400);
  CHECK(ask(two, "task.create", {{"wish", {{"to", "+13105551234"}, {"source", "other"}}}}, false) == 201);
}

TEST_CASE("the same command under one Idempotency-Key is answered as before, another is refused") {
  Outbox outbox;
  auto carry = [&](uint64_t seq, const std::string& body) {
    std::string block = encode_headers({{":name", "call.create"}, {":by", "tok"}, {":key", "k1"}});
    Answer answer;
    outbox.write([&](Writer& writer) {
      RecordView record = outbox.at(seq);
      record.header_block = block;
      record.body = body;
      CommandContext context{writer, record, outbox.sources(), outbox.directory()};
      if (auto before = answered_before(context)) {
        answer = *before;
        return;
      }
      answer = acting_commands().at("call.create")(context, Json::parse(body));
      remember_answer(context, answer);
    });
    return answer;
  };
  Answer first = carry(1, R"({"params":{"to":"+13105551234"}})");
  CHECK(first.status == 202);
  Answer again = carry(2, R"({"params":{"to":"+13105551234"}})");
  CHECK(again.status == 202);
  CHECK(again.body == first.body);
  CHECK(carry(3, R"({"params":{"to":"+13105559999"}})").status == 422);
  outbox.now_ms += 2 * 86'400'000;
  Answer later = carry(4, R"({"params":{"to":"+13105559999"}})");
  CHECK(later.status == 202);
  CHECK(Json::parse(later.body)["action_id"] != Json::parse(first.body)["action_id"]);
}
