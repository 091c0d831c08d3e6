// The world as the rules of one event see it: the state as of all earlier records, and over it what earlier rules of
// this event changed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/processor/directory.h"
#include "engine/processor/evaluation.h"
#include "engine/rules/world.h"

namespace hookswitch {

class Scope final : public World {
 public:
  /// Writes effects and the call's new fields into `evaluation`.
  Scope(const Reader& reader, const Event& event, const Directory& directory, Evaluation& evaluation,
        const Precedent* precedent = nullptr)
      : reader_(reader), event_(event), directory_(directory), evaluation_(evaluation), precedent_(precedent) {}

  const Tenancy& tenancy() const override { return evaluation_.tenancy; }
  const Call* call() const override { return evaluation_.about_call ? &evaluation_.call : nullptr; }
  std::optional<Call> find_call(std::string_view id) override;
  std::optional<Json> contact(std::string_view id) override;
  std::optional<Json> find_contact(std::string_view phone) override;
  std::optional<Json> agent(std::string_view id) override;
  std::optional<Json> find_agent(std::string_view phone) override;
  std::optional<std::string> memory(std::string_view rule, std::string_view key) override;
  std::optional<Json> timer(std::string_view key) override;
  std::optional<Json> task(std::string_view key_or_id) override;
  std::vector<std::string> spellings(std::string_view key) override;
  bool has_action(std::string_view id) override;
  bool has_sink(std::string_view name) const override { return directory_.has_sink(name); }
  bool begin_whole_call() override;
  bool say_again(std::string_view rule) override;
  bool follow(const RuleInfo& rule) override;
  Status add(Effect effect) override;

 private:
  std::vector<std::string> ids_of(std::string_view call_id);
  Status check(const Effect& effect) const;
  void claim(Json& row) const;
  std::string country_of(const Json& row) const;
  Status plan_task(TaskSchedule& schedule);
  Status plan_contact(Json& row);
  Status plan_agent(Json& row);
  void see_task(const std::string& key_or_id, const char* status);
  Status update_call(const CallUpdate& update, const std::string& rule, bool per_call);
  Status update_field(const std::string& name, const Json& value, const std::string& rule, bool per_call, Stamp stamp);
  void renew_tenancy();

  template <class Value>
  using Overlay = std::map<std::string, std::optional<Value>, std::less<>>;

  const Reader& reader_;
  const Event& event_;
  const Directory& directory_;
  Evaluation& evaluation_;
  const Precedent* const precedent_;
  uint32_t writes_ = 0;
  std::vector<std::string> own_ids_;  // of the event's call, the present one first; empty until asked for
  std::vector<Said> said_before_;     // of rules for whole calls, from when they begin
  Overlay<Json> contacts_, agents_, timers_, tasks_;
  std::map<std::pair<std::string, std::string>, std::optional<std::string>> memory_;
};

}  // namespace hookswitch
