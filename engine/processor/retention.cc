#include "engine/processor/retention.h"

#include <spdlog/spdlog.h>

#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/processor/forget_call.h"
#include "engine/state/actions.h"
#include "engine/state/activity.h"
#include "engine/state/calls.h"
#include "engine/state/keys.h"
#include "engine/state/timers.h"
#include "engine/state/transcripts.h"

namespace hookswitch {
namespace {

constexpr const char* kRetentionTimer = "hookswitch.retention";
constexpr const char* kActivityFeed = "t";  // state/activity.h: all entries by time
constexpr int64_t kDayMs = 86'400'000;
constexpr size_t kTimeBytes = 8;

constexpr const char* kEnd = "\xff";  // beyond every key

// How far a pass has come in what stays when it was looked at; "" at its begin.
struct Progress {
  std::string transcripts, actions;
};

void set_next(Writer& writer, int64_t due_ms, const Progress& progress) {
  const Json data{{"after", to_hex(progress.transcripts)}, {"actions", to_hex(progress.actions)}};
  set_timer(writer, {kRetentionTimer, due_ms, "retention", dump(data)});
}

struct Aged {
  int64_t time_ms = 0;
  std::string id;
  std::string key;
};

/// The oldest rows of an order that is newest first, those before `before_ms`; from the one before `after` on, "": from
/// the last.
std::vector<Aged> oldest(const Reader& reader, Table table, std::string_view prefix, int64_t before_ms,
                         const std::string& after) {
  std::vector<Aged> out;
  const std::string from = after.empty() ? std::string(prefix) + std::string(kTimeBytes + 1, '\xff') : after;
  reader.scan(table, from, Direction::backward, [&](std::string_view key, std::string_view) {
    if (!key.starts_with(prefix) || key.size() < prefix.size() + kTimeBytes) return false;
    const int64_t time_ms = get_newest_first(key.data() + prefix.size());
    if (time_ms >= before_ms || out.size() == limits::kForgottenRows) return false;
    if (key != after) out.push_back({time_ms, std::string(key.substr(prefix.size() + kTimeBytes)), std::string(key)});
    return true;
  });
  return out;
}

class Pass {
 public:
  Pass(Writer& writer, const RetentionPolicy& policy, int64_t now_ms, Progress progress)
      : writer_(writer), policy_(policy), now_ms_(now_ms), progress_(std::move(progress)) {}

  /// Whether there is nothing more to forget today.
  bool step() {
    const bool calls = forget_calls();
    const bool actions = forget_actions();
    const bool activity = forget_activity();
    const bool transcripts = forget_transcripts();
    return calls && actions && activity && transcripts;
  }
  const Progress& progress() const { return progress_; }

 private:
  // One that cannot be read stays, and what is behind it goes. Many that cannot be read would fill every step: then it
  // goes on tomorrow.
  bool forget_calls() {
    if (policy_.calls_ms == 0) return true;
    auto old = oldest(writer_, Table::call_index, call_index_prefix(CallTag::every), now_ms_ - policy_.calls_ms, "");
    size_t forgotten = 0;
    for (const Aged& call : old) {
      auto gone = forget_call(writer_, call.id);
      if (!gone) spdlog::warn("forget call {}: {}", call.id, gone.error().message);
      forgotten += gone && gone->call ? 1 : 0;
    }
    return old.size() < limits::kForgottenRows || forgotten == 0;
  }

  // As long as calls are kept, whether they are about one or not. One that may still be sent stays, and so does one
  // that is held for a person; so the pass remembers how far it has come.
  bool forget_actions() {
    if (policy_.calls_ms == 0 || progress_.actions == kEnd) return true;
    auto old = old_actions(writer_, now_ms_ - policy_.calls_ms, progress_.actions, limits::kForgottenRows);
    for (Action& action : old.over) forget_action(writer_, std::move(action));
    progress_.actions = old.next.empty() ? kEnd : old.next;
    return old.next.empty();
  }

  bool forget_activity() {
    if (policy_.activity_ms == 0) return true;
    auto old = oldest(writer_, Table::activity, kActivityFeed, now_ms_ - policy_.activity_ms, "");
    for (const Aged& entry : old) remove_activity(writer_, entry.id);
    return old.size() < limits::kForgottenRows;
  }

  // The calls stay, so the pass remembers how far it has come here too.
  bool forget_transcripts() {
    if (policy_.transcripts_ms == 0) return true;
    auto old = oldest(writer_, Table::call_index, call_index_prefix(CallTag::every), now_ms_ - policy_.transcripts_ms,
                      progress_.transcripts);
    for (const Aged& call : old) remove_transcript(writer_, call.id);
    if (!old.empty()) progress_.transcripts = old.back().key;
    return old.size() < limits::kForgottenRows;
  }

  Writer& writer_;
  const RetentionPolicy& policy_;
  const int64_t now_ms_;
  Progress progress_;
};

std::string from_hex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

}  // namespace

void expect_retention(Writer& writer, const RetentionPolicy& policy, int64_t now_ms) {
  if (!policy.forgets() || find_timer(writer, kRetentionTimer)) return;
  set_next(writer, now_ms + kDayMs, {});
}

bool is_retention_timer(std::string_view key) { return key == kRetentionTimer; }

void retention_due(Writer& writer, const RecordView& record, const Directory& directory) {
  const RetentionPolicy& policy = directory.retention();
  if (!policy.forgets()) return;
  Json data = parse_json(record.body);
  Pass pass(writer, policy, record.time_ms, {from_hex(json_text(data, "after")), from_hex(json_text(data, "actions"))});
  if (pass.step())
    set_next(writer, record.time_ms + kDayMs, {});
  else
    set_next(writer, record.time_ms + 1, pass.progress());
}

}  // namespace hookswitch
