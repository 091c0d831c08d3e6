// One phone call or conversation, as all deliveries about it taken together say it was.
//
// The order in which deliveries arrive must not matter, so every field is merged by a rule that is commutative,
// associative and idempotent. A field remembers the Stamp of what wrote it last; `newest` fields keep the greatest
// stamp, `earliest` the smallest value, `status` only moves forward, maps merge key by key.
//
// What rules for whole calls say (per = "call") is kept apart from that, for it follows from the call as it is when
// they run: their words stand above what was told, and go when they run again. So they too depend on no order.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace hookswitch {

/// Who speaks with which weight: a greater stamp wins.
struct Stamp {
  uint8_t authority =
      0;                // 0: the time is only our arrival time; 1: the provider gave the time; 2: a rule over the call
  int64_t time_ms = 0;  // the event's time
  uint64_t tie = 0;     // hash64 of the event id: a stable word among equals
  // The low bits of the tie count what rules wrote in one event; the event's own facts have none.
  static constexpr uint64_t kWriteBits = 0xFFFF;
  auto operator<=>(const Stamp&) const = default;
};

enum class FieldType : uint8_t { text, integer, number, boolean, time_ms };
enum class Merge : uint8_t {
  fixed,     // set by the engine only
  newest,    // the greatest stamp wins
  earliest,  // the provider's word before ours, then the smaller value (started_at, answered_at)
  latest,    // the provider's word before ours, then the greater value (ended_at)
  forward,   // call status: initiated < ringing < in_progress < any final one; among final ones a fixed order
};

/// The position is the field's number in stored rows: new fields go to the end.
enum class CallField : uint8_t {
  id,
  tenant,
  source,
  provider,
  agent_id,
  direction,
  status,
  disposition,
  from,
  to,
  caller_name,
  started_at,
  answered_at,
  ended_at,
  duration_secs,
  cost,
  currency,
  intent,
  sentiment,
  outcome,
  summary,
  transcript_turns,
  has_recording,
  task_id,
  contact_id,
  created_at,
  updated_at,
  reported_by,
  count_,
};
constexpr size_t kCallFields = static_cast<size_t>(CallField::count_);

struct CallFieldInfo {
  CallField field;
  const char* name;  // as in JSON, Lua and the API
  FieldType type;
  Merge merge;
  bool rules_may_set;
};

/// Every field, in enum order.
std::span<const CallFieldInfo, kCallFields> call_fields();
const CallFieldInfo* find_call_field(std::string_view name);

/// monostate: not known.
using FieldValue = std::variant<std::monostate, std::string, int64_t, double, bool>;

/// Order of a status: 0 initiated .. 3 and more: final. nullopt when it is no status of contract.
std::optional<int> status_rank(std::string_view status);
bool is_final_status(std::string_view status);

enum class CallMap : uint8_t { variables, metadata };

/// What one rule for whole calls said of a call when it ran last.
struct Said {
  std::string rule;
  std::map<CallField, FieldValue> fields;                               // not known: the field is cleared
  std::map<std::string, std::string, std::less<>> variables, metadata;  // JSON texts; null: the key is removed
  auto operator<=>(const Said&) const = default;
};

class Call {
 public:
  /// What was told, or what rules for whole calls say instead: as everybody is to see it.
  const FieldValue& get(CallField field) const { return said_.empty() ? told(field) : standing(field); }
  /// What deliveries and ordinary rules told, whatever rules for whole calls say.
  const FieldValue& told(CallField field) const { return values_[static_cast<size_t>(field)]; }
  /// The text of a text field, or "".
  std::string_view text(CallField field) const;
  std::optional<int64_t> integer(CallField field) const;
  const std::string& id() const;

  /// Engine's own word, no merging.
  void set(CallField field, FieldValue value, Stamp stamp = {});
  /// Merges by the field's policy. True when the value changed. The stamp may move forward even when it did not, so
  /// whether a row has to be stored is asked with ==. Not known, as a value, clears a `newest` field only.
  bool merge(CallField field, FieldValue value, const Stamp& stamp);
  /// Before an event is merged that was told before with another time, `event`: what rules wrote in it is as young as
  /// the event is now, so that its own facts do not stand over their words.
  void rejuvenate(const Stamp& event);
  /// From JSON, by name, checking name, type and permission: for rules. The error names field, found, expected.
  Status update(const std::string& name, const Json& value, const Stamp& stamp);
  /// The same by a rule for whole calls. A later rule's word stands above an earlier one's, by the field's policy: the
  /// status of a call that is over stays.
  Status say(std::string_view rule, const std::string& name, const Json& value);
  /// The words of a rule that is not to run again now, as take_said() gave them.
  void say_again(Said said);
  /// All words of rules for whole calls, in the order of the rules; the call is as it was told then.
  std::vector<Said> take_said() { return std::exchange(said_, {}); }

  /// Maps: values are JSON texts; each key is merged by its own stamp. A JSON null removes the key: the
  /// entry stays as "null" with its stamp, so that an older word cannot bring it back, and to_json leaves it out.
  struct Entry {
    std::string json;
    Stamp stamp;
    bool operator==(const Entry&) const = default;
  };
  using Map = std::map<std::string, Entry, std::less<>>;
  /// Key and JSON text of what is in a map as everybody is to see it, in no order; valid as long as the call.
  std::vector<std::pair<std::string_view, std::string_view>> entries(CallMap map) const;
  bool merge_variable(std::string_view key, std::string json, const Stamp& stamp);
  bool merge_metadata(std::string_view key, std::string json, const Stamp& stamp);

  /// kind ("call_sid", "conversation_id", ...) -> value. A call may have several of one kind; the smallest is shown.
  const std::map<std::string, std::string, std::less<>>& external_ids() const { return external_ids_; }
  bool add_external_id(std::string_view kind, std::string_view value);

  /// Everything another record of the same call was told. Commutative, associative, idempotent (but for `id`). What
  /// each rule for whole calls said of either stands until it runs again; where one said two things of the two, the
  /// greater, for each is about half a call.
  void absorb(const Call& other);

  /// As the API shows it: contract's fields; times RFC 3339; unknown fields null; maps as objects.
  Json to_json() const;
  /// Exact, versioned bytes and back.
  std::string encode() const;
  static Result<Call> decode(std::string_view bytes);
  bool operator==(const Call&) const = default;

 private:
  const FieldValue& standing(CallField field) const;
  Said& said_by(std::string_view rule);
  void absorb_said(const std::vector<Said>& other);

  std::array<FieldValue, kCallFields> values_;
  std::array<Stamp, kCallFields> stamps_{};
  Map variables_;
  Map metadata_;
  std::map<std::string, std::string, std::less<>> external_ids_;
  std::vector<Said> said_;  // of each rule that says something, in the order in which they run
};

}  // namespace hookswitch
