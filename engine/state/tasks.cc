#include "engine/state/tasks.h"

#include "engine/base/bytes.h"
#include "engine/state/due_tasks.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

std::string task_key(std::string_view id) { return "t" + bounded_key(id); }

std::string made_key(const Task& task) {
  std::string key = "n";
  put_newest_first(key, task.created_ms);
  return key + bounded_key(task.id);
}

std::string status_prefix(TaskStatus status) { return {'s', static_cast<char>('0' + static_cast<char>(status))}; }

std::string status_key(const Task& task) {
  std::string key = status_prefix(task.status);
  task.status == TaskStatus::scheduled ? put_ordered_i64(key, task.next_ms) : put_newest_first(key, task.updated_ms);
  return key + bounded_key(task.id);
}

std::string campaign_prefix(std::string_view campaign) {
  std::string key = "c";
  put_key_text(key, campaign);
  return key;
}

// Where a listing with this filter reads: the narrowest order there is.
std::string prefix_of(const TaskFilter& filter) {
  if (!filter.campaign.empty()) return campaign_prefix(filter.campaign);
  auto status = parse_task_status(filter.status);
  return status ? status_prefix(*status) : "n";
}

bool wanted(const TaskFilter& filter, const Json& row) {
  auto is = [&](const std::string& value, const char* name) { return value.empty() || json_text(row, name) == value; };
  return is(filter.status, "status") && is(filter.kind, "kind") && is(filter.tenant, "tenant") &&
         is(filter.campaign, "campaign_id") && is(filter.to, "to") && is(filter.contact, "contact_id");
}

}  // namespace

void put_task(Writer& writer, const Task& task) {
  auto before = find_task(writer, task.id);
  std::string place = status_key(task);
  if (before && status_key(*before) != place) writer.del(Table::tasks, status_key(*before));
  put_json(writer, Table::tasks, task_key(task.id), task.to_json());
  writer.put(Table::tasks, place, task.id);
  if (before) return;
  writer.put(Table::tasks, made_key(task), task.id);
  if (!task.campaign.empty()) writer.put(Table::tasks, campaign_prefix(task.campaign) + task.id, task.id);
}

uint64_t count_due_tasks(const Reader& reader, int64_t now_ms, uint64_t most) {
  const std::string prefix = status_prefix(TaskStatus::scheduled);
  uint64_t due = 0;
  reader.scan_prefix(Table::tasks, prefix, [&](std::string_view key, std::string_view) {
    if (key.size() < prefix.size() + sizeof(int64_t)) return false;
    if (get_ordered_i64(key.data() + prefix.size()) > now_ms) return false;
    return ++due < most;
  });
  return due;
}

std::optional<Task> find_task(const Reader& reader, std::string_view id) {
  auto row = get_json(reader, Table::tasks, task_key(id));
  if (!row) return std::nullopt;
  return Task::from_json(*row);
}

bool remove_task(Writer& writer, std::string_view id) {
  auto task = find_task(writer, id);
  if (!task) return false;
  writer.del(Table::tasks, status_key(*task));
  writer.del(Table::tasks, made_key(*task));
  if (!task->campaign.empty()) writer.del(Table::tasks, campaign_prefix(task->campaign) + task->id);
  return writer.del(Table::tasks, task_key(task->id));
}

Result<JsonPage> task_page(const Reader& reader, const TaskFilter& filter, std::string_view cursor, size_t limit) {
  JsonListing listing{Table::tasks, prefix_of(filter), Direction::forward, "tasks", {}};
  for (const std::string* part :
       {&filter.status, &filter.kind, &filter.tenant, &filter.campaign, &filter.to, &filter.contact}) {
    put_sized(listing.scope, *part);
  }
  listing.row = [&](std::string_view id) { return get_json(reader, Table::tasks, task_key(id)); };
  listing.wanted = [&](const Json& row) { return wanted(filter, row); };
  return json_page(reader, listing, cursor, limit);
}

std::vector<std::string> campaign_tasks(const Reader& reader, std::string_view campaign, std::string_view after,
                                        size_t limit) {
  std::vector<std::string> ids;
  std::string prefix = campaign_prefix(campaign);
  reader.scan(Table::tasks, prefix + std::string(after), Direction::forward,
              [&](std::string_view key, std::string_view id) {
                if (!key.starts_with(prefix) || ids.size() == limit) return false;
                if (id != after) ids.emplace_back(id);
                return true;
              });
  return ids;
}

}  // namespace hookswitch
