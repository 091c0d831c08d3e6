// Tasks, actions and calls in virtual time: the processor's core, a provider that is told what to answer, no network.
#pragma once

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

#include "engine/log/blobs.h"
#include "engine/state/actions.h"
#include "engine/state/tasks.h"
#include "engine/workbench/memory_log.h"
#include "engine/workbench/stage.h"
#include "tests/support/temp_dir.h"

namespace hookswitch::test {

/// A provider that places calls and sends messages. What it answers, and what it reports, is JSON of the test.
class PhoneSource final : public Source {
 public:
  explicit PhoneSource(std::string name = "phone") : name_(std::move(name)) {}
  const std::string& name() const override { return name_; }
  const std::string& provider() const override { return name_; }
  Result<Verdict> verify(const DeliveryRequest&) const override { return Verdict{.kind = Verdict::Kind::accept}; }
  bool can_stream() const override { return false; }
  std::unique_ptr<StreamedVerify> begin_verify(const DeliveryRequest&) const override { return nullptr; }
  /// A delivery is one event: {id, type, time, data}.
  Result<std::vector<DecodedEvent>> decode(const DecodeInput& input) const override;
  Result<RenderedReply> render(const DecodedEvent&, std::string_view) const override { return RenderedReply{}; }
  RenderedReply default_reply(const DeliveryRequest&) const override { return {200, "application/json", "{}"}; }
  std::vector<std::string> action_types() const override { return {"call", "sms", "batch_call"}; }
  /// The answer's body is {"kind": "done" | "retry" | "failed" | "unknown", "reason", "external_ids"}.
  Result<ActionOutcome> parse_action(const ActionView&, const HttpResponse& response) const override;
  Result<ActionOutcome> match_action(const ActionView& action, const HttpResponse& response) const override {
    return parse_action(action, response);
  }

 private:
  std::string name_;
};

class TaskBench {
 public:
  /// `rules`: the text of one more rule file beside the project's own callbacks.lua.
  explicit TaskBench(const std::string& rules = "", CallingPolicy calling = open_day_and_night());
  ~TaskBench();

  /// Monday, 2026-01-05, 12:00 UTC.
  static constexpr int64_t kStartMs = 1'767'614'400'000;
  static CallingPolicy open_day_and_night();

  int64_t now_ms() const { return now_ms_; }
  /// Timers due until then fire.
  void advance(int64_t by_ms);
  void advance_to(const std::string& rfc3339);

  /// What the command is answered, with its status as "status_code". It is checked as by the API, and never refused.
  Json command(const std::string& name, const Json& body);
  /// A task of a tenant to a number in Romania, and what else is given; its id. The agents of B3/L1 are all of the
  /// source "usual".
  std::string schedule(Json wish = Json::object(), const std::string& tenant = "B1/L1");
  /// The plugin of another source is loaded.
  void plug(const std::string& source) { sources_.put(std::make_shared<PhoneSource>(source)); }
  /// An event that the provider reports.
  void report(const std::string& type, const Json& data);
  /// The call of an action ended so: call.ended naming the action.
  void call_ended(const std::string& action, const std::string& status);

  /// What the outbox would do: claims the task's action; whether that was granted.
  bool claim(const std::string& action);
  void answer(const std::string& action, const Json& body);
  /// Nobody knows.
  void lose(const std::string& action);
  void look(const std::string& action, const Json& body);
  /// Claims, and the provider says done.
  void place(const std::string& action) {
    REQUIRE(claim(action));
    answer(action, {{"kind", "done"}});
  }

  Task task(const std::string& id);
  Action action(const std::string& id);
  /// Of the task's present attempt.
  std::string action_of(const std::string& id) { return task(id).action; }
  std::vector<Action> actions();
  size_t dead();
  /// All tables that follow from the log, for comparing.
  std::string everything() { return everything(*store_); }
  /// The same of a state made anew from the log, by the sources as they are now.
  std::string everything_made_anew();
  std::unique_ptr<Reader> read();
  const Directory& directory() const { return directory_; }

 private:
  static std::string everything(const Store& store);
  Json handle(NewRecord record);
  Json result(const std::string& name, const std::string& action, NewRecord record);

  TempDir dir_, rules_dir_;
  SystemClock clock_;
  Metrics metrics_;
  ProcessMetrics process_metrics_{metrics_};
  Sources sources_;
  Directory directory_;
  std::unique_ptr<Blobs> blobs_;
  std::unique_ptr<Decoder> decoder_;
  MemoryLog log_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<RuleSet> rules_;
  std::unique_ptr<Stage> stage_;
  int64_t now_ms_ = kStartMs;
  int reports_ = 0;
};

}  // namespace hookswitch::test
