#include "tests/unit/tasks/task_bench.h"

#include <filesystem>
#include <stdexcept>

#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/processor/command_check.h"
#include "engine/state/dead.h"

namespace hookswitch::test {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().message);
}

ActionOutcome::Kind kind_of(const std::string& kind) {
  if (kind == "done") return ActionOutcome::Kind::done;
  if (kind == "retry") return ActionOutcome::Kind::retry;
  if (kind == "failed") return ActionOutcome::Kind::failed;
  return ActionOutcome::Kind::unknown;
}

}  // namespace

Result<std::vector<DecodedEvent>> PhoneSource::decode(const DecodeInput& input) const {
  Json body = Json::parse(input.body);
  DecodedEvent event;
  event.id = body.at("id");
  event.type = body.at("type");
  event.time_ms = body.at("time");
  event.data = dump(body.at("data"));
  return std::vector{event};
}

Result<ActionOutcome> PhoneSource::parse_action(const ActionView&, const HttpResponse& response) const {
  Json body = Json::parse(response.body);
  ActionOutcome outcome;
  outcome.kind = kind_of(body.at("kind"));
  outcome.code = "said";
  outcome.reason = body.value("reason", "so it says");
  outcome.result = dump(Json{{"external_ids", body.value("external_ids", Json::object())}});
  return outcome;
}

CallingPolicy TaskBench::open_day_and_night() {
  CallingPolicy calling;
  calling.window = any_time();
  calling.retry.jitter = 0;
  return calling;
}

TaskBench::TaskBench(const std::string& rules, CallingPolicy calling)
    : directory_({{"B1/L1", "", "Europe/Bucharest", "RO", {}, {}},
                  {"B2/L1", "", "America/New_York", "US", {}, {}},
                  {"B3/L1", "", "Europe/Bucharest", "RO", {{"usual", "agent_1"}}, {}}},
                 {}, std::move(calling)) {
  std::filesystem::create_directory(rules_dir_.path() + "/lib");
  for (const char* file : {"/callbacks.lua", "/lib/finished.lua"}) {
    std::filesystem::copy(std::string(HOOKSWITCH_SOURCE_DIR "/rules") + file, rules_dir_.path() + file);
  }
  if (!rules.empty()) rules_dir_.write("more.lua", rules);
  sources_.put(std::make_shared<PhoneSource>());
  blobs_ = must(Blobs::open(dir_.path() + "/blobs"));
  decoder_ = std::make_unique<Decoder>(sources_, *blobs_);
  store_ = must(Store::open({.dir = dir_.path() + "/state", .scratch = true}, clock_));
  rules_ = must(RuleSet::load(rules_dir_.path(), {}));
  stage_ = std::make_unique<Stage>(Stage::Parts{log_, *decoder_, directory_, *store_, process_metrics_},
                                   Stage::Timers::fire);
}

TaskBench::~TaskBench() = default;

void TaskBench::advance(int64_t by_ms) {
  now_ms_ += by_ms;
  must(stage_->advance(now_ms_, *rules_));
  must(stage_->commit());
}

void TaskBench::advance_to(const std::string& time) { advance(*parse_rfc3339(time) - now_ms_); }

Json TaskBench::handle(NewRecord record) {
  record.time_ms = now_ms_;
  const RecordView& view = log_.add(record);
  must(stage_->handle(view, *rules_));
  Json answer;
  for (const Outcome& outcome : stage_->outcomes()) {
    if (outcome.seq != view.seq) continue;
    answer = Json::parse(outcome.answer.body, nullptr, false);
    if (answer.is_object()) answer["status_code"] = outcome.answer.status;
  }
  must(stage_->advance(now_ms_, *rules_));
  must(stage_->commit());
  return answer;
}

Json TaskBench::command(const std::string& name, const Json& body) {
  NewRecord record;
  record.kind = RecordKind::command;
  record.headers = checked_headers(name, check_command(sources_, directory_, name, body).value_or(""));
  record.headers.insert(record.headers.begin(), {{":name", name}, {":by", "test"}});
  record.body = dump(body);
  return handle(std::move(record));
}

std::string TaskBench::schedule(Json wish, const std::string& tenant) {
  if (!wish.contains("to") && !wish.contains("contact_id")) wish["to"] = "+40721234567";
  Json made = command("task.create", {{"tenant", tenant}, {"wish", std::move(wish)}});
  INFO(made.dump());
  REQUIRE(made.at("status_code") == 201);
  return made.at("id");
}

void TaskBench::report(const std::string& type, const Json& data) {
  NewRecord record;
  record.source = "phone";
  record.body =
      dump(Json{{"id", "report " + std::to_string(++reports_)}, {"type", type}, {"time", now_ms_}, {"data", data}});
  handle(std::move(record));
}

void TaskBench::call_ended(const std::string& action, const std::string& status) {
  report("call.ended", {{"external_ids", {{"action", action}}}, {"status", status}});
}

Json TaskBench::result(const std::string& name, const std::string& id, NewRecord record) {
  int attempt = action(id).attempt + (name == "claim" ? 1 : 0);
  record.kind = RecordKind::result;
  record.source = "phone";
  record.headers.insert(record.headers.begin(),
                        {{":name", name}, {":action", id}, {":attempt", std::to_string(attempt)}});
  return handle(std::move(record));
}

bool TaskBench::claim(const std::string& id) { return result("claim", id, {}).value("granted", false); }

void TaskBench::answer(const std::string& id, const Json& body) {
  NewRecord record;
  record.headers = {{":status", "200"}};
  record.body = dump(body);
  result("answer", id, std::move(record));
}

void TaskBench::look(const std::string& id, const Json& body) {
  NewRecord record;
  record.headers = {{":status", "200"}};
  record.body = dump(body);
  result("looked", id, std::move(record));
}

void TaskBench::lose(const std::string& id) { result("lost", id, {}); }

std::unique_ptr<Reader> TaskBench::read() { return must(store_->read()); }

Task TaskBench::task(const std::string& id) { return find_task(*read(), id).value(); }

Action TaskBench::action(const std::string& id) { return find_action(*read(), id).value(); }

std::vector<Action> TaskBench::actions() {
  std::vector<Action> out;
  for (const Json& row : must(action_page(*read(), {}, "", 200)).rows) out.push_back(Action::from_json(row));
  return out;
}

size_t TaskBench::dead() { return count_dead(*read()); }

std::string TaskBench::everything_made_anew() {
  auto store = must(Store::open({.dir = dir_.path() + "/anew", .scratch = true}, clock_));
  Stage stage(Stage::Parts{log_, *decoder_, directory_, *store, process_metrics_}, Stage::Timers::fire);
  auto again = [&](const RecordView& record) {
    must(stage.handle(record, *rules_));
    return true;
  };
  must(log_.read(1, log_.last_seq(), again, {}));
  must(stage.advance(now_ms_, *rules_));
  must(stage.commit());
  return everything(*store);
}

std::string TaskBench::everything(const Store& store) {
  std::string out;
  auto reader = must(store.read());
  for (Table table :
       {Table::tasks, Table::actions, Table::calls, Table::timers, Table::suppressions, Table::campaigns}) {
    reader->scan(table, "", Direction::forward, [&](std::string_view key, std::string_view row) {
      out += to_hex(key) + " " + to_hex(row) + "\n";
      return true;
    });
  }
  return out;
}

}  // namespace hookswitch::test
