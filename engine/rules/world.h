// What a rule may look at while it handles one event, and where its effects go. The processor gives the real one, over
// the state's transaction; tests give one in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/rules/effects.h"
#include "engine/state/call.h"

namespace hookswitch {

struct RuleInfo;

/// Whose event this is.
struct Tenancy {
  std::string tenant;    // "" when unknown
  std::string country;   // ISO 3166 alpha-2 for numbers without a country code; "" when unknown
  std::string timezone;  // IANA name; "UTC" when unknown
};

/// Lives for one event on the processor's thread.
class World {
 public:
  virtual ~World() = default;
  virtual const Tenancy& tenancy() const = 0;
  /// The call this event is about, with what earlier rules of this event changed. Null when it is about no call.
  virtual const Call* call() const = 0;
  /// By our id or any provider's id. Only of the same tenant, or nobody's.
  virtual std::optional<Call> find_call(std::string_view id) = 0;
  virtual std::optional<Json> contact(std::string_view id) = 0;
  virtual std::optional<Json> find_contact(std::string_view phone) = 0;  // E.164
  virtual std::optional<Json> agent(std::string_view id) = 0;
  virtual std::optional<Json> find_agent(std::string_view) { return std::nullopt; }            // E.164
  virtual std::optional<std::string> memory(std::string_view rule, std::string_view key) = 0;  // JSON text
  virtual std::optional<Json> task(std::string_view key_or_id) = 0;  // as rules see it: times in ms
  virtual std::optional<Json> timer(std::string_view key) = 0;       // {key, at, name, data}
  /// The keys that say the same as this one: a call's id in it may be one that the call once had. The usual one first.
  virtual std::vector<std::string> spellings(std::string_view key) { return {std::string(key)}; }
  /// Whether this action was asked for before.
  virtual bool has_action(std::string_view) { return false; }
  /// Whether there is such a sink to emit to.
  virtual bool has_sink(std::string_view) const { return false; }
  /// The rules for whole calls begin: the call is as it was told, without what they said of it before. Whether they had
  /// said something.
  virtual bool begin_whole_call() { return false; }
  /// One of them does not handle this event: what it said last stands. Whether that was something.
  virtual bool say_again(std::string_view) { return false; }
  /// Whether what the rule says is known, and was added: then it does not run.
  virtual bool follow(const RuleInfo&) { return false; }
  /// Checks the effect and makes it visible to later reads of this event. The error is the rule author's.
  virtual Status add(Effect effect) = 0;
};

}  // namespace hookswitch
