#include "engine/api/feed.h"

#include <fmt/format.h>

#include "engine/api/kpi_json.h"
#include "engine/api/sse.h"
#include "engine/base/limits.h"
#include "engine/state/activity.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"
#include "engine/state/campaigns.h"
#include "engine/state/changes.h"
#include "engine/state/tasks.h"
#include "engine/state/transcripts.h"

namespace hookswitch {
namespace {

constexpr size_t kThingsPerRead = 1'000;  // changed things looked at for one stream at once, or those of one change
constexpr size_t kEventBytes = 32;        // of an event beside its object

// A change row's lists and the type of event each makes.
constexpr std::pair<const char*, const char*> kLists[] = {{"calls", "call"},        {"transcripts", "transcript"},
                                                          {"activity", "activity"}, {"kpis", "kpi"},
                                                          {"tasks", "task"},        {"campaigns", "campaign"}};

std::optional<Call> call_of(const Reader& reader, const std::string& id) {
  auto our_id = resolve_call_id(reader, id);
  if (!our_id) return std::nullopt;
  auto call = get_call(reader, *our_id);
  return call ? *call : std::nullopt;
}

Shown show_call(const Reader& reader, const std::string& id) {
  auto call = call_of(reader, id);
  if (!call) return {};
  return {std::string(call->text(CallField::tenant)), dump(call->to_json())};
}

Shown show_transcript(const Reader& reader, const std::string& id) {
  auto call = call_of(reader, id);
  auto transcript = call ? find_transcript(reader, call->id()) : std::nullopt;
  if (!transcript) return {};
  Json turns = parse_json(transcript->json);
  return {std::string(call->text(CallField::tenant)), dump({{"call", call->id()}, {"turns", std::move(turns)}})};
}

Shown show_activity(const Reader& reader, const std::string& id) {
  auto activity = find_activity(reader, id);
  if (!activity) return {};
  return {activity->tenant, dump(activity->to_json())};
}

Shown show_task(const Reader& reader, const std::string& id) {
  auto task = find_task(reader, id);
  if (!task) return {};
  return {task->tenant, dump(task->to_json())};
}

Shown show_campaign(const Reader& reader, const std::string& id) {
  auto campaign = find_campaign(reader, id);
  if (!campaign) return {};
  return {campaign->tenant, dump(campaign->to_json())};
}

// The KPI as it stands today on the clocks of whoever watches.
Shown show_kpi(const Reader& reader, const ApiParts& parts, const std::string& tenant, const std::string& name) {
  auto zone = LocalZone::find(tenant.empty() ? "UTC" : parts.timezone_of(tenant));
  if (!zone) return {};
  KpiQuery query;
  query.name = name;
  query.from_ms = parts.clock.now_ms();
  query.to_ms = query.from_ms + 1;
  query.zone = *zone;
  if (!tenant.empty()) query.tenant = tenant;
  auto series = kpi_series(reader, query);
  if (!series || series->empty()) return {};
  return {tenant, dump(kpi_row(query, series->front()))};
}

}  // namespace

struct FeedWatcher::Changes {
  std::map<Thing, uint64_t> last_of;  // thing -> change
  uint64_t last_id = 0;
  size_t count = 0;

  bool full() const { return count == limits::kChangesPerRead || last_of.size() >= kThingsPerRead; }

  void add(uint64_t change_id, std::string_view json, const std::set<std::string>& types) {
    last_id = change_id;
    ++count;
    Json row = parse_json(json);
    if (!row.is_object()) return;
    for (const auto& [list, type] : kLists) {
      if (!types.contains(type) || !row.contains(list)) continue;
      for (const Json& id : row[list]) {
        if (id.is_string()) last_of[{type, id.get<std::string>()}] = change_id;
      }
    }
  }
};

const Shown& FeedWatcher::shown(const Reader& reader, ShownCache& cache, const Thing& thing) {
  const auto& [type, id] = thing;
  // A KPI looks different to each tenant, everything else is the same for all.
  auto key = std::pair(type == "kpi" ? "kpi " + filter_.tenant : type, id);
  auto found = cache.things.find(key);
  if (found != cache.things.end()) return found->second;
  Shown fresh;
  if (type == "call") fresh = show_call(reader, id);
  if (type == "transcript") fresh = show_transcript(reader, id);
  if (type == "activity") fresh = show_activity(reader, id);
  if (type == "task") fresh = show_task(reader, id);
  if (type == "campaign") fresh = show_campaign(reader, id);
  if (type == "kpi") fresh = show_kpi(reader, parts_, filter_.tenant, id);
  cache.bytes += fresh.json.size();
  return cache.things.emplace(key, std::move(fresh)).first->second;
}

bool FeedWatcher::add_change(const Reader& reader, ShownCache& cache, uint64_t change_id,
                             const std::vector<const Thing*>& things, size_t room, Piece& to) {
  bool sent = false;
  for (const Thing* thing : things) {
    if (part_of_ == change_id && *thing <= part_) continue;
    if (to.weight >= room) return false;
    const Shown& object = shown(reader, cache, *thing);
    to.weight += object.json.size() + kEventBytes;
    part_of_ = change_id;
    part_ = *thing;
    bool visible = !object.json.empty() && (filter_.tenant.empty() || filter_.tenant == object.tenant);
    if (!visible) continue;
    to.text += sse_event(thing->first, object.json);
    sent = true;
  }
  if (!sent) return true;
  to.text.pop_back();  // the blank line that ends an event
  to.text += sse_id(std::to_string(change_id));
  to.told_id = change_id;
  return true;
}

// In the order of the changes. Only the last event of a change carries its id, so that a client who was cut off in the
// middle of one is sent all of it again.
FeedWatcher::Piece FeedWatcher::piece_of(const Reader& reader, ShownCache& cache, const Changes& changes, size_t room) {
  const uint64_t before = after_id_;
  std::map<uint64_t, std::vector<const Thing*>> things_of;
  for (const auto& [thing, change_id] : changes.last_of) things_of[change_id].push_back(&thing);
  Piece out;
  for (const auto& [change_id, things] : things_of) {
    out.whole = add_change(reader, cache, change_id, things, room, out);
    after_id_ = out.whole ? change_id : change_id - 1;
    if (!out.whole) break;
  }
  if (out.whole) after_id_ = changes.last_id;
  bool moved_on = after_id_ != before && after_id_ != out.told_id;
  if (moved_on) out.text += sse_id(std::to_string(after_id_));
  return out;
}

Watcher::After FeedWatcher::reset(uint64_t last_id) {
  after_id_ = last_id;
  part_of_ = 0;
  std::string text =
      sse_event("reset", R"({"reason":"changes were missed: fetch everything again"})", std::to_string(last_id));
  return stream().write(std::move(text)) ? After::idle : After::over;
}

Watcher::After FeedWatcher::look(const Reader& reader, ShownCache& cache) {
  const size_t room = stream().room();
  if (room == 0) return After::idle;
  uint64_t first = first_change(reader), last = last_change(reader);
  if (after_id_ > last || after_id_ + 1 < first) return reset(last);
  Changes changes;
  read_changes(reader, after_id_, limits::kChangesPerRead, [&](uint64_t id, std::string_view json) {
    changes.add(id, json, filter_.types);
    return !changes.full();
  });
  if (changes.count == 0) return After::idle;
  Piece piece = piece_of(reader, cache, changes, room);
  if (!piece.text.empty() && !stream().write(std::move(piece.text))) return After::over;
  return !piece.whole || changes.full() ? After::more : After::idle;
}

}  // namespace hookswitch
