// Everything a rule can ask for, as plain data. Rules make effects; processor/apply.cc is the only one to carry them
// out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/json.h"

namespace hookswitch {

/// Changes fields of the event's call. Fields `variables` and `metadata` are objects, merged key by key.
struct CallUpdate {
  Json fields;
  bool operator==(const CallUpdate&) const = default;
};

/// A share in a KPI. In an event about a call it counts in the hour the call started, and moves with it.
struct KpiAdd {
  std::string name;
  int64_t micros = 1'000'000;  // the amount in millionths: integer sums do not depend on their order
  std::map<std::string, std::string> dimensions;
  bool operator==(const KpiAdd&) const = default;
};

/// An observed value: counted, summed, and kept for quantiles.
struct KpiObserve {
  std::string name;
  int64_t micros = 0;
  std::map<std::string, std::string> dimensions;
  bool operator==(const KpiObserve&) const = default;
};

/// An entry of the feed: {kind, title, ...}; `time` (ms) is set when the rule gave it, else the event's.
struct ActivityAdd {
  Json entry;
  std::optional<int64_t> time_ms;
  bool operator==(const ActivityAdd&) const = default;
};

/// A future event `timer.<name>` with `data`. Setting a key again replaces it.
struct TimerSet {
  std::string key;
  int64_t at_ms = 0;
  std::string name;
  Json data;
  bool operator==(const TimerSet&) const = default;
};
struct TimerCancel {
  std::string key;
  bool operator==(const TimerCancel&) const = default;
};

/// An outbound request to a provider. Asking again about the same changes nothing.
struct ActionAsk {
  std::string about;     // what asks, and for what, such as about_key(): the id is made from it
  std::string type;      // "call", "sms", "end_call", or the provider's own
  std::string source;    // "": the event's, or the only one that can
  Json params;           // an object
  int64_t at_ms = 0;     // not before; 0: now
  int64_t priority = 0;  // higher first among those that are due
  bool operator==(const ActionAsk&) const = default;
};

/// What an action with a key is about: the same for whoever asks.
std::string about_key(std::string_view type, std::string_view tenant, std::string_view key);
/// Only of one whose `about` is about_key().
std::optional<std::string_view> key_of(const ActionAsk& wish);

/// Somebody to be reached. A key is one task for ever: see processor/tasks.h.
struct TaskSchedule {
  Json wish;  // as read_task_wish() gives it, with a key
  bool operator==(const TaskSchedule&) const = default;
};
/// `task` is a key or an id.
struct TaskComplete {
  std::string task, outcome;
  bool operator==(const TaskComplete&) const = default;
};
struct TaskCancel {
  std::string task, reason;
  bool operator==(const TaskCancel&) const = default;
};
/// The attempt under way came to nothing; `at_ms`: when the next one is, else its retry policy says so.
struct TaskRetry {
  std::string task, outcome;
  std::optional<int64_t> at_ms;
  bool operator==(const TaskRetry&) const = default;
};

struct ContactPut {
  Json contact;  // {id, name?, phones[]?, ...}
  bool operator==(const ContactPut&) const = default;
};
struct AgentPut {
  Json agent;  // {id, source?, tenant?, name?, ...}
  bool operator==(const AgentPut&) const = default;
};

/// The rule's own memory. `rule` is whose.
struct MemoryPut {
  std::string key;
  std::string json;
  bool operator==(const MemoryPut&) const = default;
};
struct MemoryDelete {
  std::string key;
  bool operator==(const MemoryDelete&) const = default;
};

/// The answer to an event that wants one: {twiml=} | {json=} | {status=, body=, content_type=}. The last one stands.
struct Reply {
  Json reply;
  bool operator==(const Reply&) const = default;
};

/// Stored traces name them by their place: new ones go to the end.
using Wish = std::variant<CallUpdate, KpiAdd, KpiObserve, ActivityAdd, TimerSet, TimerCancel, ContactPut, AgentPut,
                          MemoryPut, MemoryDelete, Reply, ActionAsk, TaskSchedule, TaskComplete, TaskCancel, TaskRetry>;

struct Effect {
  std::string rule;       // who asked
  bool per_call = false;  // the rule speaks for the whole call: its earlier shares of this call are replaced
  Wish wish;
  bool operator==(const Effect&) const = default;
};

using Effects = std::vector<Effect>;

/// {"effect":"kpi_add","rule":...,...}: for traces, tests and differences.
Json to_json(const Effect& effect);

}  // namespace hookswitch
