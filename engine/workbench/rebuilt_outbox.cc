#include "engine/workbench/rebuilt_outbox.h"

#include <string>
#include <vector>

#include "engine/processor/campaigns.h"
#include "engine/processor/tasks.h"
#include "engine/state/actions.h"
#include "engine/state/tasks.h"
#include "engine/workbench/open_rows.h"
#include "engine/workbench/restore_hold.h"

namespace hookswitch {
namespace {

constexpr const char* kCampaignReason = "it did not run when the state was made anew";
constexpr const char* kBehindReason = "it had come further before the state was made anew";
constexpr const char* kRebuiltReason = "rules made it of the past in a rebuild; nobody had asked for it then";
constexpr const char* kEndedReason = "it had ended before the state was made anew, and rules ask for it again";

// Ids of actions that would be sent and were not waiting before. One that was being sent is not sent again: of a log
// that lost its end, nothing else says that it may have been.
std::vector<std::string> new_actions(const Reader& fresh, const Reader* old) {
  std::vector<std::string> out;
  fresh.scan_prefix(Table::actions, "a", [&](std::string_view key, std::string_view) {
    auto action = find_action(fresh, key.substr(1));
    if (!action || action->status != ActionStatus::waiting) return true;
    auto before = old == nullptr ? std::nullopt : find_action(*old, action->id);
    if (!before || before->status != ActionStatus::waiting) out.push_back(action->id);
    return true;
  });
  return out;
}

std::vector<std::string> new_tasks(const Reader& fresh, const Reader* old) {
  std::vector<std::string> out = open_tasks(fresh);
  std::erase_if(out, [old](const std::string& id) {
    auto before = old == nullptr ? std::nullopt : find_task(*old, id);
    return before && !is_final(before->status);
  });
  return out;
}

// Campaigns that would go on and did not run before, or had come further: those after are known to have been rung.
std::vector<std::string> new_campaigns(const Reader& fresh, const Reader* old) {
  std::vector<std::string> out = campaigns_that_run(fresh);
  std::erase_if(out, [&fresh, old](const std::string& id) {
    auto before = old == nullptr ? std::nullopt : find_campaign(*old, id);
    return before && before->status == CampaignStatus::running && before->next <= find_campaign(fresh, id)->next;
  });
  return out;
}

// As it was, where it waited for a person's word.
void pause(Writer& writer, const std::string& id, const Reader* old, int64_t now_ms) {
  auto campaign = find_campaign(writer, id);
  if (!campaign) return;
  auto before = old == nullptr ? std::nullopt : find_campaign(*old, id);
  bool waited = before && (before->status == CampaignStatus::paused || before->status == CampaignStatus::stopped);
  bool ran = before && before->status == CampaignStatus::running;
  const std::string reason = ran ? kBehindReason : kCampaignReason;
  pause_campaign(writer, std::move(*campaign), waited ? before->status : CampaignStatus::paused,
                 waited ? before->reason : reason, now_ms);
}

// What was taken back stays so for the reason that was given then.
std::string taken_back_because(const std::optional<Task>& before) {
  if (!before) return kRebuiltReason;
  return before->status == TaskStatus::canceled ? before->reason : kEndedReason;
}

void take_back(Writer& writer, const std::string& id, const Reader* old, int64_t now_ms) {
  auto task = find_task(writer, id);
  if (!task) return;
  auto before = old == nullptr ? std::nullopt : find_task(*old, id);
  RecordView now;
  now.time_ms = now_ms;
  cancel_task(writer, now, std::move(*task), taken_back_because(before));
}

void hold(Writer& writer, const std::string& id, int64_t now_ms) {
  auto action = find_action(writer, id);
  if (!action) return;
  action->status = ActionStatus::held;
  action->ended_ms = now_ms;
  action->code = "rebuilt";
  action->reason = kRebuiltReason;
  put_action(writer, *action);
}

}  // namespace

Result<HeldBack> hold_back(Store& fresh, const Reader* old, int64_t now_ms) {
  auto reader = fresh.read();
  if (!reader) return std::unexpected(reader.error());
  auto actions = new_actions(**reader, old);
  auto tasks = new_tasks(**reader, old);
  auto campaigns = new_campaigns(**reader, old);
  if (auto read = (*reader)->status(); !read) return std::unexpected(read.error());
  reader->reset();
  auto written = fresh.write([&](Writer& writer) {
    // Campaigns first: one that runs would make new tasks for those that are taken back.
    for (const std::string& id : campaigns) pause(writer, id, old, now_ms);
    for (const std::string& id : actions) hold(writer, id, now_ms);
    for (const std::string& id : tasks) take_back(writer, id, old, now_ms);
    return writer.status();
  });
  if (!written) return std::unexpected(written.error());
  return HeldBack{actions.size(), tasks.size(), campaigns.size()};
}

}  // namespace hookswitch
