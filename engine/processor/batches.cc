#include "engine/processor/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/base/limits.h"

namespace hookswitch {
namespace {

using Kind = DialVerdict::Kind;

constexpr size_t kNamed = 20;  // recipients in one reason

std::optional<DialVerdict> check_beginning(const Action& batch, int64_t now_ms) {
  const Json from = batch.params.value("not_before", Json());
  const auto last_ms = static_cast<double>(now_ms + limits::kTaskDelayMs);
  if (from.is_null() || (from.is_number() && from.get<double>() <= last_ms)) return std::nullopt;
  return DialVerdict{Kind::refuse, 0, "invalid",
                     fmt::format("not_before: found {}, expected milliseconds since 1970, at most a year ahead",
                                 dump(from).substr(0, 40))};
}

DialVerdict refused(const std::vector<std::string>& who, size_t of) {
  const bool all = who.size() <= kNamed;
  const auto end = all ? who.end() : who.begin() + kNamed;
  return {Kind::refuse, 0, "recipients_refused",
          fmt::format("{} of {} recipients may not be called, by their places in the list: {}{}", who.size(), of,
                      fmt::join(who.begin(), end, ", "), all ? "" : ", ...")};
}

}  // namespace

bool is_batch(const Action& action) { return action.type == "batch_call"; }

std::vector<Action> calls_of_batch(const Action& batch) {
  std::vector<Action> calls;
  const Json recipients = batch.params.value("recipients", Json::array());
  const Json window = batch.params.value("window", Json());
  for (const Json& recipient : recipients) {
    Action& call = calls.emplace_back();
    call.id = batch.id;
    call.type = "call";
    call.tenant = batch.tenant;
    call.rule = batch.rule;
    if (recipient.is_object()) call.params = recipient;
    if (!window.is_null()) call.params["window"] = window;
  }
  return calls;
}

int64_t batch_begins_ms(const Action& batch, int64_t now_ms) {
  const Json from = batch.params.value("not_before", Json());
  if (!from.is_number()) return now_ms;
  const auto last_ms = static_cast<double>(now_ms + limits::kTaskDelayMs);
  return static_cast<int64_t>(std::clamp(from.get<double>(), static_cast<double>(now_ms), last_ms));
}

// Nobody can be taken out of a batch once it is made, and the provider asks nobody before it rings them: so it goes
// when all may be rung, and not at all while there is one who may not.
DialVerdict may_dial_batch(const Reader& reader, const Action& batch, int64_t now_ms, const Directory& directory) {
  if (auto verdict = check_beginning(batch, now_ms)) return *verdict;
  DialVerdict latest;
  std::vector<std::string> who;
  std::set<std::string> numbers;
  const std::vector<Action> calls = calls_of_batch(batch);
  const int64_t at_ms = batch_begins_ms(batch, now_ms);
  for (size_t i = 0; i < calls.size(); ++i) {
    DialVerdict verdict = may_dial(reader, calls[i], at_ms, directory);
    const bool twice = !numbers.insert(json_text(calls[i].params, "to")).second;
    if (twice || verdict.kind == Kind::refuse)
      who.push_back(fmt::format("{} ({})", i + 1, twice ? "listed twice" : verdict.code));
    if (verdict.kind == Kind::later && verdict.not_before_ms > latest.not_before_ms) latest = std::move(verdict);
  }
  return who.empty() ? latest : refused(who, calls.size());
}

}  // namespace hookswitch
