#include "engine/state/activity.h"

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/base/time_text.h"
#include "engine/state/cursor.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

std::string activity_key(std::string_view id) { return "i" + std::string(id); }

// What the feed's keys begin with: of one tenant, or "" for all.
std::string feed_prefix(std::string_view tenant) {
  std::string key = tenant.empty() ? "t" : "n";
  if (!tenant.empty()) put_key_text(key, tenant);
  return key;
}

std::string feed_key(std::string_view tenant, const Activity& activity) {
  std::string key = feed_prefix(tenant);
  put_newest_first(key, activity.time_ms);
  return key + activity.id;
}

std::optional<Activity> read_activity(std::string_view id, std::string_view row) {
  ByteReader in(row);
  Activity activity;
  activity.id = id;
  activity.time_ms = in.le<int64_t>();
  activity.tenant = in.sized();
  activity.call = in.sized();
  activity.json = in.bytes(in.left());
  if (!in.ok()) return std::nullopt;
  return activity;
}

std::string row_of(const Activity& activity) {
  std::string row;
  put_le(row, activity.time_ms);
  put_sized(row, activity.tenant);
  put_sized(row, activity.call);
  return row + activity.json;
}

// Takes the entry out of the feeds it stands in.
void remove_feeds(Writer& writer, const Activity& activity) {
  writer.del(Table::activity, feed_key("", activity));
  if (!activity.tenant.empty()) writer.del(Table::activity, feed_key(activity.tenant, activity));
}

}  // namespace

Json Activity::to_json() const {
  Json out = parse_json(json);
  if (!out.is_object()) out = Json::object();
  out["id"] = id;
  out["tenant"] = tenant.empty() ? Json() : Json(tenant);
  out["call"] = call.empty() ? Json() : Json(call);
  out["time"] = rfc3339(time_ms);
  return out;
}

void put_activity(Writer& writer, const Activity& activity) {
  ENSURE(!activity.id.empty() && activity.id.size() <= limits::kIndexedTextBytes, "an activity id has {} bytes",
         activity.id.size());
  if (auto old = find_activity(writer, activity.id)) {
    bool same_feeds = old->time_ms == activity.time_ms && old->tenant == activity.tenant;
    writer.put(Table::activity, activity_key(activity.id), row_of(activity));
    if (same_feeds) return;
    remove_feeds(writer, *old);
  } else {
    writer.put(Table::activity, activity_key(activity.id), row_of(activity));
  }
  writer.put(Table::activity, feed_key("", activity), {});
  if (!activity.tenant.empty()) writer.put(Table::activity, feed_key(activity.tenant, activity), {});
}

std::optional<Activity> find_activity(const Reader& reader, std::string_view id) {
  auto row = reader.get(Table::activity, activity_key(id));
  if (!row) return std::nullopt;
  return read_activity(id, *row);
}

bool remove_activity(Writer& writer, std::string_view id) {
  auto old = find_activity(writer, id);
  if (!old) return false;
  remove_feeds(writer, *old);
  return writer.del(Table::activity, activity_key(old->id));
}

Result<ActivityPage> activity_page(const Reader& reader, std::string_view tenant, std::string_view cursor,
                                   size_t limit) {
  std::string scope = "activity " + std::string(tenant);
  std::string after;
  if (!cursor.empty()) {
    auto place = decode_cursor(scope, cursor);
    if (!place) return std::unexpected(place.error());
    after = std::move(*place);
  }
  limit = std::clamp<size_t>(limit, 1, limits::kPageRows);
  ActivityPage page;
  std::string prefix = feed_prefix(tenant);
  std::string last;
  reader.scan(Table::activity, prefix + after, Direction::forward, [&](std::string_view key, std::string_view) {
    if (!key.starts_with(prefix) || key.size() < prefix.size() + kTimeBytes) return false;
    std::string_view place = key.substr(prefix.size());
    if (place == after) return true;
    if (page.rows.size() == limit) {
      page.next_cursor = encode_cursor(scope, last);
      return false;
    }
    last = place;
    if (auto found = find_activity(reader, place.substr(kTimeBytes))) page.rows.push_back(std::move(*found));
    return true;
  });
  if (auto status = reader.status(); !status) return std::unexpected(status.error());
  return page;
}

}  // namespace hookswitch
