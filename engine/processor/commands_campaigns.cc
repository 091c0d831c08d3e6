// Campaigns, begun and steered by people. The API has sorted the good rows from the bad ones.
#include <fmt/format.h>

#include "engine/base/hash.h"
#include "engine/calling/task_wish.h"
#include "engine/processor/belonging.h"
#include "engine/processor/campaigns.h"
#include "engine/processor/command.h"
#include "engine/processor/command_check.h"

namespace hookswitch {
namespace {

constexpr size_t kCampaignIdDigits = 24;

std::string new_id(const CommandContext& context) {
  std::string key(context.record.header(":key"));
  std::string about =
      key.empty() ? own_name(context) : fmt::format("command/{}/{}", context.record.header(":by"), key);
  return "cmp_" + to_hex(hash128("campaign/" + about)).substr(0, kCampaignIdDigits);
}

std::vector<Json> people_of(const Json& body) {
  Json people = body.value("people", Json::array());
  return {people.begin(), people.end()};
}

Answer shown(const CommandContext& context, const std::string& id, int status = 200) {
  return command_done(status, find_campaign(context.writer, id)->to_json());
}

void set_pace(Campaign& campaign, const Json& body) {
  campaign.per_minute = body.value("per_minute", campaign.per_minute);
  campaign.concurrency = body.value("concurrency", campaign.concurrency);
  Json stop = body.value("stop", Json::object());
  campaign.stop_share = stop.value("failed_share", campaign.stop_share);
  campaign.stop_after = stop.value("after", campaign.stop_after);
}

Answer create_campaign(const CommandContext& context, const Json& body) {
  Campaign campaign;
  campaign.id = new_id(context);
  if (find_campaign(context.writer, campaign.id)) return shown(context, campaign.id);
  campaign.tenant = json_text(body, "tenant");
  campaign.name = json_text(body, "name");
  auto task = read_task_change(body.value("task", Json::object()), context.directory.tenancy(campaign.tenant).country);
  if (!task) return command_problem(400, task.error().message);
  if (auto own = check_belongings(context.writer, context.directory, campaign.tenant, *task); !own)
    return command_problem(400, "make a campaign: " + own.error().message);
  auto source = checked_source(context, "campaign.create", body);
  if (!source) return command_problem(400, source.error().message);
  campaign.task = std::move(*task);
  if (!source->empty()) campaign.task["source"] = *source;
  set_pace(campaign, body);
  if (body.value("paused", false)) campaign.status = CampaignStatus::paused;
  campaign.created_ms = context.record.time_ms;
  add_people(context.writer, campaign, people_of(body), context.record.time_ms);
  return shown(context, campaign.id, 201);
}

std::optional<Campaign> visible(const CommandContext& context, const Json& body) {
  auto campaign = find_campaign(context.writer, json_text(body, "id"));
  if (campaign && !command_may_see(body, campaign->tenant)) return std::nullopt;
  return campaign;
}

Answer none(const Json& body) {
  return command_problem(404, fmt::format("campaign {}: found none", json_text(body, "id").substr(0, 80)));
}

Answer conflict(const Campaign& campaign) {
  return command_problem(409, fmt::format("campaign {}: it is {}", campaign.id, name(campaign.status)));
}

bool has_ended(const Campaign& campaign) {
  return campaign.status == CampaignStatus::canceled || campaign.status == CampaignStatus::completed;
}

// One whose people have all had their turn goes on with those who come. The answer's "again" are the places, in the
// command's list, of whom it has already.
Answer add(const CommandContext& context, const Json& body) {
  auto campaign = visible(context, body);
  if (!campaign) return none(body);
  if (campaign->status == CampaignStatus::canceled) return conflict(*campaign);
  if (campaign->status == CampaignStatus::completed) {
    campaign->status = CampaignStatus::running;
    campaign->ended_ms = 0;
  }
  const auto again = add_people(context.writer, *campaign, people_of(body), context.record.time_ms);
  Json answer = find_campaign(context.writer, campaign->id)->to_json();
  answer["again"] = again;
  return command_done(200, answer);
}

Answer pause(const CommandContext& context, const Json& body) {
  auto campaign = visible(context, body);
  if (!campaign) return none(body);
  if (campaign->status != CampaignStatus::running) return conflict(*campaign);
  pause_campaign(context.writer, *campaign, CampaignStatus::paused, "paused by a person", context.record.time_ms);
  return shown(context, campaign->id);
}

Answer resume(const CommandContext& context, const Json& body) {
  auto campaign = visible(context, body);
  if (!campaign) return none(body);
  if (campaign->status != CampaignStatus::paused && campaign->status != CampaignStatus::stopped)
    return conflict(*campaign);
  resume_campaign(context.writer, *campaign, context.record.time_ms);
  return shown(context, campaign->id);
}

// {"name"?, "per_minute"?, "concurrency"?, "stop"?, "task"?: {"window"}}
Answer change(const CommandContext& context, const Json& body) {
  auto campaign = visible(context, body);
  if (!campaign) return none(body);
  if (campaign->status == CampaignStatus::canceled) return conflict(*campaign);
  set_pace(*campaign, body);
  campaign->name = body.value("name", campaign->name);
  campaign->task.update(body.value("task", Json::object()));
  change_campaign(context.writer, *campaign, context.record.time_ms);
  return shown(context, campaign->id);
}

Answer cancel_campaign(const CommandContext& context, const Json& body) {
  auto campaign = visible(context, body);
  if (!campaign) return none(body);
  if (has_ended(*campaign)) return conflict(*campaign);
  cancel_campaign(context.writer, context.record, *campaign);
  return shown(context, campaign->id);
}

}  // namespace

Commands campaign_commands() {
  return {{"campaign.create", create_campaign}, {"campaign.add", add},       {"campaign.change", change},
          {"campaign.pause", pause},   {"campaign.resume", resume}, {"campaign.cancel", cancel_campaign}};
}

}  // namespace hookswitch
