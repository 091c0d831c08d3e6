#include "engine/workbench/rule_bench.h"

#include <algorithm>
#include <filesystem>

#include "engine/base/time_text.h"
#include "engine/calling/contact_list.h"
#include "engine/processor/command_check.h"
#include "engine/state/agents.h"
#include "engine/state/contacts.h"
#include "engine/state/kpis.h"
#include "engine/state/memory.h"
#include "engine/workbench/made_source.h"

namespace hookswitch {
namespace {

constexpr int64_t kStartMs = 1'767'614'400'000;  // Monday, 2026-01-05, 12:00 UTC
constexpr const char* kOwnSource = "test";       // of made-up events that name none

BenchEvent bench_event(const Event& event, const Evaluation& evaluation) {
  BenchEvent out{.event = event, .tenant = evaluation.tenancy.tenant};
  if (evaluation.about_call) out.call = evaluation.call.id();
  for (const Effect& effect : evaluation.effects) out.effects.push_back(to_json(effect));
  for (const RuleTrace& run : evaluation.runs) out.rules.push_back(run.rule);
  return out;
}

}  // namespace

RuleBench::RuleBench(Parts parts) : parts_(std::move(parts)), decoder_(sources_, parts_.blobs), now_ms_(kStartMs) {
  know_tenants();
  for (const auto& source : parts_.sources) {
    sources_.put(source);
    source_names_.insert(source->name());
  }
  real_sources_ = parts_.configured;
  offer_sources();
  sources_.put(std::make_shared<MadeSource>(kOwnSource, kOwnSource));
  sources_.put(std::make_shared<MadeSource>("", ""));  // the engine's own: timers
}

RuleBench::~RuleBench() {
  stage_.reset();
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(parts_.dir, ignored);
}

Result<std::unique_ptr<RuleBench>> RuleBench::open(Parts parts) {
  std::unique_ptr<RuleBench> bench(new RuleBench(std::move(parts)));
  if (auto started = bench->start(); !started) return std::unexpected(started.error());
  return bench;
}

Status RuleBench::start() {
  auto store = Store::open({.dir = parts_.dir, .scratch = true}, clock_);
  if (!store) return std::unexpected(store.error());
  store_ = std::move(*store);
  stage_.emplace(Stage::Parts{log_, decoder_, directory_, *store_, process_metrics_}, Stage::Timers::fire,
                 [this](const RecordView& record, const Event& event, const Evaluation& evaluation) {
                   watched_.emplace_back(record.seq, bench_event(event, evaluation));
                 });
  return {};
}

Status RuleBench::write(const std::function<Status(Writer&)>& change) {
  if (auto committed = stage_->commit(); !committed) return committed;
  return store_->write(change);
}

Status RuleBench::put_contact(const Json& contact) {
  if (auto good = contact.is_object() ? check_callee(contact) : Status{}; !good) return good;
  return write([&](Writer& writer) { return hookswitch::put_contact(writer, contact); });
}

Status RuleBench::put_agent(const Json& agent) {
  return write([&](Writer& writer) { return hookswitch::put_agent(writer, agent); });
}

Result<std::string> RuleBench::put_task(Json task) {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = now_ms_;
  record.headers = {{":name", "task.create"}, {":by", "test"}};
  Json body{{"tenant", json_text(task, "tenant")}};
  if (task.is_object()) task.erase("tenant");
  body["wish"] = std::move(task);
  if (auto good = check_command(sources_, directory_, "task.create", body); !good) return std::unexpected(good.error());
  record.body = dump(body);
  auto done = happen(record);
  if (!done) return std::unexpected(done.error());
  Json answer = done->reply ? parse_json(done->reply->body) : Json();
  if (std::string id = json_text(answer, "id"); !id.empty()) return id;
  return fail(Code::invalid, "make a task: {}", json_text(answer, "detail"));
}

Status RuleBench::set_memory(const std::string& rule, const std::string& key, const Json& value) {
  return write([&](Writer& writer) { return put_memory(writer, rule, key, dump(value)); });
}

Result<BenchOutcome> RuleBench::at(int64_t now_ms) {
  if (now_ms < now_ms_ && log_.last_seq() > 0) {
    return fail(Code::invalid, "set the clock: found {}, expected {} or later: time does not go back", rfc3339(now_ms),
                rfc3339(now_ms_));
  }
  now_ms_ = now_ms;
  BenchOutcome outcome;
  if (auto fired = stage_->advance(now_ms_, parts_.rules); !fired) return std::unexpected(fired.error());
  for (auto& [seq, event] : watched_) outcome.fired.push_back(std::move(event));
  watched_.clear();
  if (auto found = find_dead_letters(outcome); !found) return std::unexpected(found.error());
  return outcome;
}

Result<BenchOutcome> RuleBench::deliver(const std::string& path, const std::string& content_type, std::string body,
                                        const Headers& headers) {
  size_t slash = path.find('/');
  NewRecord record;
  record.source = path.substr(0, slash);
  if (!source_names_.contains(record.source)) {
    return fail(Code::not_found, "deliver to \"{}\": found no such source, expected one of {}", path, known_sources());
  }
  record.time_ms = now_ms_;
  record.headers = {{":path", "/hooks/" + path}, {"content-type", content_type}};
  if (slash != std::string::npos) record.headers.emplace_back(":kind", path.substr(slash + 1));
  record.headers.insert(record.headers.end(), headers.begin(), headers.end());
  record.body = std::move(body);
  return happen(record);
}

Result<BenchOutcome> RuleBench::event(Json event) {
  std::string source = event.value("source", kOwnSource);
  if (!sources_.find(source)) {
    sources_.put(std::make_shared<MadeSource>(source, event.value("provider", source)));
    source_names_.insert(source);
  }
  if (!event.contains("id")) event["id"] = "made_" + std::to_string(++made_);
  if (!event.contains("data")) event["data"] = Json::object();
  Json& data = event["data"];
  if (event.contains("call")) {
    if (!data.contains("external_ids")) data["external_ids"] = Json::object();
    if (data["external_ids"].is_object()) data["external_ids"].emplace("call_id", event["call"]);
  }
  return happen(MadeSource::record(source, now_ms_, event));
}

// The record and whatever fires before it; committed, so that the test can look.
Result<BenchOutcome> RuleBench::happen(const NewRecord& record) {
  const RecordView& view = log_.add(record);
  auto events = decoder_.decode(view);
  watched_.clear();
  if (auto handled = stage_->handle(view, events, parts_.rules); !handled) return std::unexpected(handled.error());
  BenchOutcome outcome;
  std::vector<BenchEvent> ran;
  for (auto& [seq, event] : watched_) (seq == view.seq ? ran : outcome.fired).push_back(std::move(event));
  watched_.clear();
  for (const Event& event : events ? *events : std::vector<Event>{}) {
    auto found = std::ranges::find_if(ran, [&](const BenchEvent& one) { return one.event.index == event.index; });
    outcome.events.push_back(found != ran.end() ? std::move(*found) : BenchEvent{.event = event, .duplicate = true});
  }
  for (const Outcome& one : stage_->outcomes()) {
    if (one.seq == view.seq) outcome.reply = one.answer;
  }
  if (auto found = find_dead_letters(outcome); !found) return std::unexpected(found.error());
  return outcome;
}

Result<Json> RuleBench::redrive() {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = now_ms_;
  record.headers = {{":name", "dead.redrive"}, {":by", "test"}};
  record.body = "{}";
  auto done = happen(record);
  if (!done) return std::unexpected(done.error());
  if (!done->reply) return fail(Code::internal, "redrive: found no answer");
  return parse_json(done->reply->body);
}

Status RuleBench::find_dead_letters(BenchOutcome& outcome) {
  if (auto committed = stage_->commit(); !committed) return committed;
  auto reader = store_->read();
  if (!reader) return std::unexpected(reader.error());
  std::map<std::string, DeadLetter> now;
  (*reader)->scan(Table::dead, "", Direction::forward, [&](std::string_view, std::string_view row) {
    DeadLetter letter = DeadLetter::from_json(parse_json(row));
    now.emplace(letter.id(), std::move(letter));
    return true;
  });
  for (const auto& [id, letter] : now) {
    if (auto before = dead_.find(id); before != dead_.end() && before->second == letter) continue;
    outcome.dead.push_back(letter);
    unseen_.insert(id);
  }
  dead_ = std::move(now);
  return {};
}

std::vector<DeadLetter> RuleBench::unseen_dead() const {
  std::vector<DeadLetter> out;
  for (const auto& [id, letter] : dead_) {
    if (unseen_.contains(id)) out.push_back(letter);
  }
  return out;
}

Result<std::unique_ptr<Reader>> RuleBench::read() {
  if (auto committed = stage_->commit(); !committed) return std::unexpected(committed.error());
  return store_->read();
}

}  // namespace hookswitch
