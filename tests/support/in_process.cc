#include "tests/support/in_process.h"

#include <fmt/format.h>

#include <stdexcept>

#include "engine/base/hash.h"
#include "engine/state/activity.h"
#include "engine/state/calls.h"
#include "engine/state/calls_page.h"
#include "engine/state/dead.h"
#include "engine/state/kpis.h"
#include "engine/state/position.h"
#include "engine/state/transcripts.h"
#include "tests/support/temp_dir.h"

namespace hookswitch::test {
namespace {

constexpr const char* kElevenLabs = R"({"webhook_secret":"wsec_test_secret"})";
constexpr const char* kTwilio = R"({"account_sid":"AC00000000000000000000000000000000","auth_token":"token"})";

template <class T>
T expect(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

std::vector<Tenant> tenants() {
  return {{"B1/L1", "", "Europe/Bucharest", "RO", {{"elevenlabs", "xyz"}}, {}},
          {"B2/L1", "", "America/New_York", "US", {}, {"+14155550199"}}};
}

}  // namespace

InProcess::InProcess(const std::string& rules_dir, uint64_t keep_traces)
    : directory_(tenants(), {}),
      rules_dir_(rules_dir.empty() ? HOOKSWITCH_SOURCE_DIR "/rules" : rules_dir),
      keep_traces_(keep_traces) {
  providers_.load_dir(HOOKSWITCH_BINARY_DIR "/plugins");
  sources_.put(expect(providers_.create_source("elevenlabs", "elevenlabs", kElevenLabs)));
  sources_.put(expect(providers_.create_source("twilio", "twilio", kTwilio)));
  blobs_ = expect(Blobs::open(dir_.path() + "/blobs"));
  LogOptions options{.dir = dir_.path() + "/log", .blob_dir = dir_.path() + "/blobs"};
  options.extend_bytes = 0;
  log_ = expect(Log::open(options, clock_));
  store_ = expect(Store::open({.dir = dir_.path() + "/state"}, clock_));
  decoder_ = std::make_unique<Decoder>(sources_, *blobs_);
  start();
}

void InProcess::set_owner(const std::string& source, const std::string& tenant) {
  std::unordered_map<std::string, std::string> owners;
  for (const std::string& name : sources_.names()) owners[name] = directory_.by_source(name);
  owners[source] = tenant;
  std::erase_if(owners, [](const auto& owner) { return owner.second.empty(); });
  directory_ = Directory(tenants(), owners);
}

InProcess::~InProcess() {
  processor_.reset();
  log_->stop();
}

void InProcess::start() {
  Processor::Parts parts{.log = *log_,
                         .store = *store_,
                         .decoder = *decoder_,
                         .directory = directory_,
                         .answers = answers_,
                         .metrics = process_metrics_,
                         .clock = clock_,
                         .keep_traces = keep_traces_,
                         .configured = [this](std::string_view source) { return configured_.contains(source); }};
  processor_ = std::make_unique<Processor>(std::move(parts), expect(RuleSet::load(rules_dir_, {})));
  processor_->start();
}

void InProcess::restart() {
  processor_.reset();
  start();
}

void InProcess::use_rules(const std::string& rules_dir) {
  rules_dir_ = rules_dir;
  auto rules = expect(RuleSet::load(rules_dir, {}));
  const std::string hash = rules->hash();
  processor_->adopt(std::move(rules));
  if (!eventually([&] { return processor_->status().rules_version == hash; })) {
    throw std::runtime_error("the rules of " + rules_dir + " did not come into force");
  }
}

uint64_t InProcess::deliver(const std::string& source, const std::string& kind, const std::string& body,
                            int64_t time_ms) {
  NewRecord record;
  record.time_ms = time_ms == 0 ? clock_.now_ms() : time_ms;
  record.source = source;
  record.headers = {{":path", "/hooks/" + source + (kind.empty() ? "" : "/" + kind)},
                    {"content-type", body.starts_with('{') ? "application/json" : "application/x-www-form-urlencoded"}};
  if (!kind.empty()) record.headers.emplace_back(":kind", kind);
  record.body = body;
  return expect(log_->append_and_wait(std::move(record)));
}

uint64_t InProcess::command(const std::string& name, const Json& body) {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = clock_.now_ms();
  record.headers = {{":name", name}, {":by", "test"}};
  record.body = dump(body);
  return expect(log_->append_and_wait(std::move(record)));
}

void InProcess::settle() {
  bool settled = eventually([&] { return processor_->status().position == log_->last_seq(); });
  if (!settled) throw std::runtime_error("the processor does not come to an end: " + processor_->status().stopped);
}

Json InProcess::call(const std::string& any_id) {
  auto reader = expect(store_->read());
  auto id = resolve_call_id(*reader, any_id);
  if (!id) return nullptr;
  auto call = expect(get_call(*reader, *id));
  return call ? call->to_json() : Json();
}

Json InProcess::state() {
  settle();
  auto reader = expect(store_->read());
  Json out{
      {"calls", Json::array()}, {"activity", Json::array()}, {"kpis", Json::object()}, {"dead", count_dead(*reader)}};
  for (const Call& call : expect(calls_page(*reader, {}, "", 200)).rows) {
    Json one = call.to_json();
    one.erase("created_at");
    one.erase("updated_at");
    if (auto transcript = find_transcript(*reader, call.id())) one["transcript"] = std::string(transcript->json);
    out["calls"].push_back(std::move(one));
  }
  for (const Activity& activity : expect(activity_page(*reader, "", "", 200)).rows)
    out["activity"].push_back(activity.to_json());
  reader->scan(Table::kpis, "", Direction::forward, [&](std::string_view key, std::string_view row) {
    out["kpis"][to_hex(key)] = to_hex(row);
    return true;
  });
  return out;
}

}  // namespace hookswitch::test
