#include "engine/processor/campaigns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/calling/contact_list.h"
#include "engine/processor/task_steps.h"
#include "engine/processor/tasks.h"
#include "engine/state/changes.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

constexpr const char* kPace = "campaign_pace";          // has a slot
constexpr const char* kQueue = "campaign_queue";        // too many have slots before it
constexpr const char* kOutsideHours = "outside_hours";  // as may_dial() calls it, and the next
constexpr const char* kTooOften = "too_often";
constexpr const char* kPaused = "campaign_paused";
constexpr int64_t kLateMs = 5'000;  // a slot that is past for longer is lost: after a downtime not all go at once
constexpr int64_t kOpenMin = 20;    // tasks under way or waiting for their turn, at least
constexpr int64_t kOpenTimes = 4;   // so many for each attempt under way
constexpr int64_t kParkedMax = 10'000;
constexpr std::array kNotToBeCalled{"do_not_call", "no_consent", "expired"};  // codes of failed tasks
constexpr size_t kTasksPerTurn = 100;
constexpr uint32_t kOrderMs = 1'000;
constexpr size_t kPage = 500;

std::string timer_key(const Campaign& campaign) { return std::string(kEngineTimers) + "campaign/" + campaign.id; }

// Whose timer it is.
std::string_view timed_by(std::string_view key) { return key.substr(key.rfind('/') + 1); }

void save(Writer& writer, Campaign& campaign, int64_t now_ms) {
  campaign.updated_ms = now_ms;
  put_campaign(writer, campaign);
  append_change(writer, fmt::format(R"({{"campaigns":["{}"]}})", campaign.id));
}

int64_t open_max(const Campaign& campaign) { return std::max(kOpenMin, kOpenTimes * campaign.concurrency); }

bool has_room(const Campaign& campaign) {
  return campaign.status == CampaignStatus::running && campaign.next < campaign.total &&
         campaign.open() - campaign.parked < open_max(campaign) && campaign.parked < kParkedMax;
}

// Waits for another attempt or for when its person may be called: meanwhile it is the turn of others.
bool is_parked(const Task& task) {
  if (task.status != TaskStatus::scheduled) return false;
  return task.code.empty() ? task.attempts > 0 : task.code == kOutsideHours || task.code == kTooOften;
}

bool has_failed(const Task& task) { return task.status == TaskStatus::failed; }

bool is_forgiven(const Task& task) {
  return has_failed(task) && std::ranges::find(kNotToBeCalled, task.code) != kNotToBeCalled.end();
}

// More tasks are made by a record of their own, not within the one that made room.
void wake(Writer& writer, const Campaign& campaign, int64_t now_ms) {
  if (has_room(campaign)) set_timer(writer, {timer_key(campaign), now_ms, "campaign", "{}"});
}

// After its tasks were moved.
void go_on(Writer& writer, const std::string& id, int64_t now_ms) {
  if (auto campaign = find_campaign(writer, id)) wake(writer, *campaign, now_ms);
}

int64_t between_slots_ms(const Campaign& campaign) { return static_cast<int64_t>(60'000 / campaign.per_minute); }

int64_t take_slot(Campaign& campaign, int64_t from_ms) {
  int64_t slot_ms = std::max(from_ms, campaign.next_slot_ms);
  campaign.next_slot_ms = slot_ms + between_slots_ms(campaign);
  return slot_ms;
}

// Slots are given so far ahead. As far again is kept for those that come at their own time, such as for a retry: they
// are not to wait behind everybody who waited for the morning.
bool is_full(const Campaign& campaign, const Task& task, int64_t now_ms) {
  int64_t times = task.code.empty() || task.code == kPace ? 2 : 1;
  return campaign.next_slot_ms - now_ms > times * open_max(campaign) * between_slots_ms(campaign);
}

// When one without a slot looks again: from when there is one, at a moment of its own within the time that all without
// one will take. So they look at each slot about twice as often as it is taken, however many they are, and those who
// came at once do not stay together.
int64_t look_again_ms(const Campaign& campaign, const Task& task, int64_t now_ms) {
  int64_t slot_ms = between_slots_ms(campaign);
  int64_t ahead_ms = campaign.next_slot_ms - now_ms;
  int64_t all_ms = (campaign.count("scheduled") - campaign.parked) * slot_ms;
  int64_t within_ms = std::max({int64_t{1}, slot_ms, all_ms - ahead_ms});
  uint64_t own = hash64(fmt::format("{}/{}", task.id, now_ms)) % static_cast<uint64_t>(within_ms);
  return std::max(campaign.next_slot_ms - open_max(campaign) * slot_ms, now_ms) + static_cast<int64_t>(own);
}

DialVerdict later(int64_t at_ms, const char* code, std::string reason) {
  return {DialVerdict::Kind::later, at_ms, code, std::move(reason)};
}

int64_t ended(const Campaign& campaign) {
  return campaign.count("completed") + campaign.count("failed") + campaign.count("exhausted");
}

// Not reaching people is what campaigns do; failing is another thing.
struct Failures {
  int64_t failed = 0, over = 0;  // that are not forgiven
};

Failures failures(const Campaign& campaign) {
  return {campaign.count("failed") - campaign.failed_before, ended(campaign) - campaign.ended_before};
}

bool too_many_failed(const Campaign& campaign) {
  auto [failed, over] = failures(campaign);
  return over >= campaign.stop_after && static_cast<double>(failed) >= campaign.stop_share * static_cast<double>(over);
}

void stop_for_failures(Writer& writer, const Campaign& campaign, const Task& last, int64_t now_ms) {
  auto [failed, over] = failures(campaign);
  std::string reason =
      fmt::format("{} of {} failed, the last: {}", failed, over, last.reason.empty() ? last.code : last.reason);
  pause_campaign(writer, campaign, CampaignStatus::stopped, reason, now_ms);
}

// In rows of before, parked tasks were not counted.
void count_task(Campaign& campaign, const Task& task, const Task* before) {
  if (before != nullptr) --campaign.counts[name(before->status)];
  ++campaign.counts[name(task.status)];
  auto change = [&](auto&& is) { return int64_t{is(task)} - int64_t{before != nullptr && is(*before)}; };
  campaign.parked = std::max(int64_t{0}, campaign.parked + change(is_parked));
  campaign.failed_before += change(is_forgiven);
  campaign.ended_before += change(is_forgiven);
}

void make_task(Writer& writer, const Campaign& campaign, uint32_t n, const Directory& directory, int64_t now_ms) {
  Json person = find_campaign_person(writer, campaign.id, n).value_or(Json::object());
  if (person.empty()) return;  // erased, or in the list before: their place is left empty
  Json wish = campaign.task;
  wish["key"] = fmt::format("campaign/{}/{}", campaign.id, n);
  for (const char* field : {"to", "contact_id"}) {
    if (person.contains(field)) wish[field] = person[field];
  }
  Json variables = wish.value("variables", Json::object());
  variables.update(person.value("variables", Json::object()));
  wish["variables"] = std::move(variables);
  wish["due_at"] = std::max(now_ms, wish.value("due_at", int64_t{0})) + n % kOrderMs;  // in the order of the list
  schedule_task(writer, wish, {campaign.tenant, "campaign", now_ms, campaign.id}, directory.calling(campaign.tenant));
}

// Read once for a whole list.
std::set<std::string> known_people(const Reader& reader, const Campaign& campaign) {
  std::set<std::string> known;
  for (uint32_t n = 0; n < campaign.total; ++n) {
    auto person = find_campaign_person(reader, campaign.id, n);
    if (person && !person->empty()) known.insert(who_of(*person));
  }
  return known;
}

void complete_if_over(Writer& writer, Campaign& campaign, int64_t now_ms) {
  if (campaign.status != CampaignStatus::running || campaign.next != campaign.total || campaign.open() != 0) return;
  campaign.status = CampaignStatus::completed;
  campaign.ended_ms = now_ms;
  save(writer, campaign, now_ms);
}

template <class Visit>
void for_each_task(Writer& writer, const Campaign& campaign, const Visit& visit) {
  std::string after;
  for (;;) {
    std::vector<std::string> ids = campaign_tasks(writer, campaign.id, after, kPage);
    if (ids.empty()) return;
    for (const std::string& id : ids) {
      if (auto task = find_task(writer, id)) visit(std::move(*task));
    }
    after = ids.back();
  }
}

}  // namespace

std::vector<size_t> add_people(Writer& writer, Campaign campaign, const std::vector<Json>& people, int64_t now_ms) {
  const std::set<std::string> known = known_people(writer, campaign);
  std::vector<size_t> again;
  for (size_t i = 0; i < people.size(); ++i) {
    const bool is_known = known.contains(who_of(people[i]));
    if (is_known) again.push_back(i);
    put_campaign_person(writer, campaign.id, campaign.total++, is_known ? Json::object() : people[i]);
  }
  save(writer, campaign, now_ms);
  wake(writer, campaign, now_ms);
  return again;
}

DialVerdict campaign_turn(Writer& writer, const Task& task, int64_t now_ms) {
  auto campaign = find_campaign(writer, task.campaign);
  if (!campaign) return {};
  if (campaign->status == CampaignStatus::paused || campaign->status == CampaignStatus::stopped)
    return later(0, kPaused, fmt::format("the campaign is {}", name(campaign->status)));
  bool has_slot = task.code == kPace && now_ms - task.next_ms < kLateMs;
  if (!has_slot && is_full(*campaign, task, now_ms))
    return later(look_again_ms(*campaign, task, now_ms), kQueue, "others of the campaign are before it");
  int64_t slot_ms = has_slot ? now_ms : take_slot(*campaign, now_ms);
  bool busy = slot_ms <= now_ms && campaign->count("in_progress") >= campaign->concurrency;
  if (busy) slot_ms = take_slot(*campaign, now_ms + 1);
  save(writer, *campaign, now_ms);
  if (slot_ms <= now_ms) return {};
  return later(slot_ms, kPace,
               busy ? fmt::format("{} attempts are under way", campaign->concurrency)
                    : fmt::format("the campaign makes {} attempts a minute", campaign->per_minute));
}

void campaign_task_moved(Writer& writer, const Task& task, const Task* before, int64_t now_ms) {
  const bool parked = is_parked(task);
  if (before != nullptr && before->status == task.status && is_parked(*before) == parked) return;
  auto campaign = find_campaign(writer, task.campaign);
  if (!campaign) return;
  count_task(*campaign, task, before);
  if (campaign->status == CampaignStatus::completed && campaign->open() > 0) {
    campaign->status = CampaignStatus::running;
    campaign->ended_ms = 0;
  }
  save(writer, *campaign, now_ms);
  if (campaign->status != CampaignStatus::running) return;
  const bool failed = has_failed(task) && !is_forgiven(task);
  if (failed && too_many_failed(*campaign)) return stop_for_failures(writer, *campaign, task, now_ms);
  complete_if_over(writer, *campaign, now_ms);
  if (parked || is_final(task.status)) wake(writer, *campaign, now_ms);
}

bool is_campaign_timer(std::string_view key) {
  return key.starts_with(kEngineTimers) && key.substr(kEngineTimers.size()).starts_with("campaign/");
}

// Whose slot is not there yet waits for it; who had none looked for one then.
bool keeps_turn(const Reader& reader, const Timer& timer, int64_t due_ms) {
  const bool past = timer.due_ms <= due_ms;
  if (is_campaign_timer(timer.key)) return past;
  auto task = is_task_timer(timer.key) ? find_task(reader, timed_by(timer.key)) : std::nullopt;
  return task && !task->campaign.empty() && (past || task->code == kQueue);
}

void campaign_due(Writer& writer, const RecordView& record, const Directory& directory) {
  const std::string id(timed_by(record.header(":key")));
  for (size_t made = 0; made < kTasksPerTurn; ++made) {
    auto campaign = find_campaign(writer, id);  // anew: the task just made is counted in it
    if (!campaign) return;
    if (!has_room(*campaign)) return complete_if_over(writer, *campaign, record.time_ms);
    uint32_t n = campaign->next++;
    save(writer, *campaign, record.time_ms);
    make_task(writer, *campaign, n, directory, record.time_ms);
  }
  go_on(writer, id, record.time_ms + 1);
}

void pause_campaign(Writer& writer, Campaign campaign, CampaignStatus status, const std::string& reason,
                    int64_t now_ms) {
  campaign.status = status;
  campaign.reason = reason;
  save(writer, campaign, now_ms);
  cancel_timer(writer, timer_key(campaign));
}

void resume_campaign(Writer& writer, Campaign campaign, int64_t now_ms) {
  campaign.status = CampaignStatus::running;
  campaign.reason.clear();
  campaign.failed_before = campaign.count("failed");
  campaign.ended_before = ended(campaign);
  save(writer, campaign, now_ms);
  for_each_task(writer, campaign, [&](Task task) {
    if (task.status == TaskStatus::scheduled && task.code == kPaused) wait_for_attempt(writer, task, now_ms, now_ms);
  });
  go_on(writer, campaign.id, now_ms);
}

void change_campaign(Writer& writer, Campaign campaign, int64_t now_ms) {
  campaign.next_slot_ms = 0;
  save(writer, campaign, now_ms);
  std::vector<Task> waiting;
  for_each_task(writer, campaign, [&](Task task) {
    if (task.status == TaskStatus::scheduled) waiting.push_back(std::move(task));
  });
  std::ranges::sort(waiting, {}, [](const Task& task) { return std::pair(task.next_ms, task.id); });
  int64_t at_ms = now_ms;
  for (Task& task : waiting) {
    Json window = campaign.task.value("window", task.window);
    bool anew = task.code == kPace || task.code == kQueue || task.code == kOutsideHours;
    if (!anew && window == task.window) continue;
    task.window = std::move(window);
    anew ? wait_for_attempt(writer, task, at_ms++, now_ms) : save_task(writer, task, now_ms);
  }
  go_on(writer, campaign.id, now_ms);
}

void cancel_campaign(Writer& writer, const RecordView& record, Campaign campaign) {
  campaign.status = CampaignStatus::canceled;
  campaign.ended_ms = record.time_ms;
  save(writer, campaign, record.time_ms);
  cancel_timer(writer, timer_key(campaign));
  for_each_task(writer, campaign,
                [&](Task task) { cancel_task(writer, record, std::move(task), "its campaign was canceled"); });
}

}  // namespace hookswitch
