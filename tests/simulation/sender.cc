// What the provider and people send: each thing again and again until it is accepted, some of it again afterwards.
#include <fmt/format.h>

#include "engine/base/json.h"
#include "engine/state/tasks.h"
#include "tests/simulation/world.h"

namespace hookswitch::simulation {
namespace {

constexpr int64_t kSendAgainMs = 2'000;
constexpr int kPingsPerTask = 8;
constexpr const char* kTenant = "B1/L1";

NewRecord delivery(std::string body) {
  NewRecord record;
  record.source = "phone";
  record.headers = {{":path", "/hooks/phone"}, {"content-type", "application/json"}};
  record.body = std::move(body);
  return record;
}

}  // namespace

void World::send_new() {
  if (made_ % kPingsPerTask == 0) send(task(tasks_made_++));
  send(ping(made_++));
}

// One in fifty cannot be decoded, one in fifty breaks its rule: everything behind it has to go on.
World::Letter World::ping(int n) {
  std::string id = fmt::format("ping {}", n);
  if (dice_.chance(20)) return {delivery(fmt::format("<{}>", id)), fmt::format("<{}>", id)};
  Json data{{"weight", dice_.roll(1'000)}};
  if (dice_.chance(20)) data["poison"] = true;
  if (dice_.chance(100)) data["remind"] = true;
  // Some say that they happened a while ago.
  int64_t time_ms = clock_.now_ms() - (dice_.chance(100) ? dice_.roll(7'200'000) : 0);
  return {delivery(dump(Json{{"id", id}, {"type", "phone.ping"}, {"time", time_ms}, {"data", data}})), id};
}

World::Letter World::task(int n) {
  std::string key = fmt::format("task {}", n);
  task_keys_[task_id_of(kTenant, key)] = key;
  Json wish{{"key", key},
            {"to", fmt::format("+4072{:07}", n)},
            {"due_at", clock_.now_ms() + dice_.roll(120'000)},
            {"retry", {{"attempts", 1 + dice_.roll(4)}, {"delays", {"5m", "1h"}}}}};
  NewRecord record;
  record.kind = RecordKind::command;
  record.headers = {{":name", "task.create"}, {":by", "simulation"}};
  record.body = dump(Json{{"tenant", kTenant}, {"wish", wish}});
  return {std::move(record), key};
}

// As a provider does: no answer in time, or another than success, and it is sent again.
void World::send(Letter letter) {
  letter.record.time_ms = clock_.now_ms();
  NewRecord record = letter.record;
  std::string id = letter.id;
  auto done = [this, id](const Result<uint64_t>& seq) {
    if (seq) accepted_.insert(id);
  };
  (void)log_.append(record, std::move(done));
  letter.not_before_ms = clock_.now_ms() + kSendAgainMs + dice_.roll(kSendAgainMs);
  bool again_anyway = dice_.chance(50);
  if (again_anyway) ++tally_.repeated;
  if (again_anyway) outside_.emplace(letter.not_before_ms + dice_.roll(600'000), letter);
  outside_.emplace(letter.not_before_ms, std::move(letter));
}

void World::send_waiting() {
  while (!outside_.empty() && outside_.begin()->first <= clock_.now_ms()) {
    Letter letter = std::move(outside_.extract(outside_.begin()).mapped());
    bool is_repeat = accepted_.contains(letter.id);
    if (!is_repeat) {
      send(std::move(letter));
    } else if (dice_.chance(50)) {
      post(letter.record, letter.id, clock_.now_ms());
    }
  }
}

// Once, whatever comes of it.
void World::post(NewRecord record, const std::string& id, int64_t at_ms) {
  record.time_ms = at_ms;
  (void)log_.append(record, [this, id](const Result<uint64_t>& seq) {
    if (seq) accepted_.insert(id);
  });
}

// How a call ended is sent until it is accepted, too.
void World::hand_on_reports() {
  for (Report& report : network_.take_reports()) reports_.push_back(std::move(report));
  std::vector<Report> due;
  std::erase_if(reports_, [&](const Report& one) {
    if (one.at_ms <= clock_.now_ms()) due.push_back(one);
    return one.at_ms <= clock_.now_ms();
  });
  for (const Report& report : due) {
    std::string id = fmt::format("report {}", reported_++);
    Json data{{"external_ids", {{"action", report.action}}}, {"status", report.status}};
    send({delivery(dump(Json{{"id", id}, {"type", "call.ended"}, {"time", report.at_ms}, {"data", data}})), id});
  }
}

}  // namespace hookswitch::simulation
