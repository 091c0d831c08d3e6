// Of a log that is not whole a rebuild makes what is left, and what people said since stays said.
#include "engine/state/actions.h"
#include "engine/state/agents.h"
#include "engine/state/contacts.h"
#include "engine/state/position.h"
#include "engine/state/recordings.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"
#include "engine/state/tokens.h"
#include "tests/unit/workbench/stopped_engine.h"

namespace hookswitch::test {
namespace {

/// A log with the records that there are now, as it is found again when its end is lost.
std::unique_ptr<Log> copy_of(const Log& log, const TempDir& dir, ManualClock& clock) {
  auto copy =
      expect(Log::open({.dir = dir.path() + "/log", .blob_dir = dir.path() + "/blobs", .extend_bytes = 0}, clock));
  auto read = log.read(1, SIZE_MAX, [&](const RecordView& record) {
    NewRecord same{.kind = record.kind, .time_ms = record.time_ms, .source = std::string(record.source)};
    same.headers = record.headers();
    same.body = std::string(record.body);
    return copy->append_and_wait(std::move(same)).has_value();
  });
  REQUIRE(read);
  REQUIRE(copy->last_seq() == log.last_seq());
  return copy;
}

void put_contact(Past& past, const std::string& id, Json row) {
  past.command("contact.put", {{"id", id}, {"row", std::move(row)}});
}

/// A token, two contacts, two agents.
void let_people_in(Past& past) {
  past.command("token.create", {{"id", "tok_1"}, {"hash", std::string(64, 'a')}, {"role", "admin"}});
  put_contact(past, "asks", {{"phones", {"+14155550001"}}, {"do_not_call", false}});
  put_contact(past, "goes", {{"phones", {"+14155550002"}}});
  for (const char* id : {"stays", "leaves"}) past.command("agent.put", {{"id", id}, {"row", {{"tenant", "B1/L1"}}}});
  past.settle();
}

/// The token is revoked, a contact does not want to be called any more, the others are gone.
void take_back(Past& past) {
  past.command("token.revoke", {{"id", "tok_1"}});
  put_contact(past, "asks", {{"phones", {"+14155550003"}}, {"do_not_call", true}});
  past.command("contact.delete", {{"id", "goes"}});
  past.command("agent.delete", {{"id", "leaves"}});
}

void check_taken_back(Store& state) {
  auto reader = expect(state.read());
  CHECK(find_token(*reader, "tok_1")->revoked_ms);
  CHECK(find_contact(*reader, "asks")->at("do_not_call") == true);
  CHECK(find_contact_by_phone(*reader, "+14155550003"));
  for (const char* phone : {"+14155550001", "+14155550002"}) CHECK_FALSE(find_contact_by_phone(*reader, phone));
  CHECK_FALSE(find_contact(*reader, "goes"));
  CHECK_FALSE(find_agent(*reader, "", "leaves"));
  CHECK(find_agent(*reader, "", "stays"));
}

}  // namespace

TEST_CASE("what people took back behind a log's lost end stays taken back", "[rebuild]") {
  Past past;
  let_people_in(past);
  TempDir elsewhere;
  auto log = copy_of(past.log(), elsewhere, past.clock());
  take_back(past);
  StoppedEngine stopped(past);
  if (GENERATE(false, true)) stopped.seal();
  expect(stopped.rebuild(kProjectRules, {}, true, log.get()));
  check_taken_back(*stopped.state());
}

TEST_CASE("what people took back after the last record that the state has processed is taken back", "[rebuild]") {
  Past past;
  let_people_in(past);
  StoppedEngine stopped(past);
  take_back(past);
  past.settle();
  expect(stopped.rebuild(kProjectRules, {}, true));
  check_taken_back(*stopped.state());
}

TEST_CASE("a rule that counts in a contact counts each call once, though --partial kept the contact", "[rebuild]") {
  TempDir rules;
  rules.write("count.lua",
              "return { name = 'count', on = 'call.ended', handle = function(event, ctx)\n"
              "local contact = ctx.contacts:get('c1') or { id = 'c1' }\n"
              "contact.calls = (contact.calls or 0) + 1\n"
              "ctx.contacts:put(contact) end }");
  Past past(rules.path());
  for (const char* sid : {"CA1", "CA2"}) past.deliver("twilio", "status", twilio_end(sid));
  StoppedEngine stopped(past);
  expect(stopped.rebuild(rules.path(), {}, true));
  CHECK(find_contact(*expect(stopped.state()->read()), "c1")->at("calls") == 2);
}

TEST_CASE("a rebuild that was interrupted begins anew when its log was trimmed meanwhile", "[rebuild]") {
  const std::string audio(64, 'a');
  Past past;
  let_people_in(past);
  REQUIRE(past.store().write([&](Writer& writer) {
    put_recording(writer, {.call = "call_1", .status = RecordingStatus::kept, .blob = audio, .kept_ms = kEndedMs});
    return writer.status();
  }));
  StoppedEngine stopped(past);
  TempDir first, second;
  ManualClock clock(kEndedMs);
  auto log = log_of(1, first, clock);
  const auto stop_at_once = [](uint64_t, uint64_t) { return false; };
  REQUIRE(expect(stopped.rebuild(kProjectRules, stop_at_once, true, log.get())).stopped);
  auto trimmed = trimmed_log(second, clock);
  auto summary = expect(stopped.rebuild(kProjectRules, {}, true, trimmed.get()));
  CHECK(summary.resumed_from == 0);
  CHECK(summary.records == 1);
  auto state = stopped.state();
  auto reader = expect(state->read());
  CHECK(reader->count(Table::calls) == 1);
  CHECK(holds_blob(*reader, audio));
  CHECK(find_token(*reader, "tok_1"));
  CHECK(find_contact(*reader, "asks"));
}

TEST_CASE("erasures that were finished behind a log's lost end are told of", "[rebuild]") {
  Past past;
  put_contact(past, "c1", {{"tenant", "B1/L1"}, {"phones", {"+40744000001"}}});
  past.settle();
  TempDir elsewhere;
  auto log = copy_of(past.log(), elsewhere, past.clock());
  erase_phone(past, "+40744000001");
  StoppedEngine stopped(past);
  auto summary = expect(stopped.rebuild(kProjectRules, {}, true, log.get()));
  CHECK(warns_of(summary, "1 erasures that were finished are undone"));
  CHECK_FALSE(find_contact(*expect(stopped.state()->read()), "c1"));
}

TEST_CASE("a task of which a trimmed log tells half is as it was, for its state knows every attempt", "[rebuild]") {
  TempDir rules;
  rules.write("again.lua",
              "return { name = 'again', on = 'call.ended', handle = function(event, ctx)\n"
              "ctx.action:call { to = '+13105551234', source = 'elevenlabs' }\n"
              "ctx.tasks:schedule { key = 'k', to = '+13105551234', due_at = ctx.now + 86400000 } end }");
  const auto status = GENERATE(TaskStatus::scheduled, TaskStatus::in_progress);
  Past past(rules.path());
  past.clock().set_ms(kEndedMs);
  for (const char* sid : {"CB0", "CB1", "CB2"}) past.deliver("twilio", "status", twilio_end(sid));
  past.settle();
  Task task;
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    task = *find_task(writer, task_id_of("B2/L1", "k"));
    for (const Json& row : expect(action_page(writer, {}, "", 9)).rows) {
      if (find_action(writer, json_text(row, "id"))->made_seq == 3) task.action = json_text(row, "id");
    }
    task.status = status;
    task.attempts = 2;
    put_task(writer, task);
    return writer.status();
  }));
  StoppedEngine stopped(past, StoppedEngine::As::it_is);
  TempDir other;
  ManualClock clock(kEndedMs);
  auto log = trimmed_log(other, clock);
  auto summary = expect(stopped.rebuild(rules.path(), {}, true, log.get()));
  CHECK_FALSE(warns_of(summary, "tasks are canceled"));
  auto state = stopped.state();
  auto reader = expect(state->read());
  CHECK(find_task(*reader, task.id)->to_json() == task.to_json());
  CHECK(find_task(*reader, task.id)->action == task.action);
  CHECK(find_timer(*reader, "hookswitch.task/" + task.id));
}

}  // namespace hookswitch::test
