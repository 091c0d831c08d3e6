#include "engine/processor/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/base/limits.h"

namespace hookswitch {
namespace {

using Kind = DialVerdict::Kind;

constexpr size_t kNamed = 20;  // recipients in one reason

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
  return from.is_number_integer() ? std::clamp(from.get<int64_t>(), now_ms, now_ms + limits::kTaskDelayMs) : now_ms;
}

// Nobody can be taken out of a batch once it is made, and the provider asks nobody before it rings them: so it goes
// when all may be rung, and not at all while there is one who may not.
DialVerdict may_dial_batch(const Reader& reader, const Action& batch, int64_t now_ms, const Directory& directory) {
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
