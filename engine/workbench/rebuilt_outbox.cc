#include "engine/workbench/rebuilt_outbox.h"

#include <string>
#include <vector>

#include "engine/processor/tasks.h"
#include "engine/state/actions.h"
#include "engine/state/tasks.h"

namespace hookswitch {
namespace {

constexpr const char* kReason = "rules made it of the past in a rebuild; nobody had asked for it then";

// Ids of actions that would be sent and were not waiting before.
std::vector<std::string> new_actions(const Reader& fresh, const Reader* old) {
  std::vector<std::string> out;
  fresh.scan_prefix(Table::actions, "a", [&](std::string_view key, std::string_view) {
    auto action = find_action(fresh, key.substr(1));
    if (!action || action->status != ActionStatus::waiting) return true;
    auto before = old == nullptr ? std::nullopt : find_action(*old, action->id);
    if (!before || is_final(before->status)) out.push_back(action->id);
    return true;
  });
  return out;
}

std::vector<std::string> new_tasks(const Reader& fresh, const Reader* old) {
  std::vector<std::string> out;
  for (TaskStatus status : {TaskStatus::scheduled, TaskStatus::in_progress}) {
    std::string cursor;
    do {
      auto page = task_page(fresh, {.status = name(status)}, cursor, limits::kPageRows);
      if (!page) break;
      for (const Json& row : page->rows) {
        std::string id = json_text(row, "id");
        auto before = old == nullptr ? std::nullopt : find_task(*old, id);
        if (!before || is_final(before->status)) out.push_back(id);
      }
      cursor = page->next_cursor;
    } while (!cursor.empty());
  }
  return out;
}

void hold(Writer& writer, const std::string& id, int64_t now_ms) {
  auto action = find_action(writer, id);
  if (!action) return;
  action->status = ActionStatus::held;
  action->ended_ms = now_ms;
  action->code = "rebuilt";
  action->reason = kReason;
  put_action(writer, *action);
}

}  // namespace

Result<HeldBack> hold_back(Store& fresh, const Reader* old, int64_t now_ms) {
  auto reader = fresh.read();
  if (!reader) return std::unexpected(reader.error());
  auto actions = new_actions(**reader, old);
  auto tasks = new_tasks(**reader, old);
  if (auto read = (*reader)->status(); !read) return std::unexpected(read.error());
  reader->reset();
  auto written = fresh.write([&](Writer& writer) {
    RecordView now;
    now.time_ms = now_ms;
    for (const std::string& id : actions) hold(writer, id, now_ms);
    for (const std::string& id : tasks) {
      if (auto task = find_task(writer, id)) cancel_task(writer, now, std::move(*task), kReason);
    }
    return writer.status();
  });
  if (!written) return std::unexpected(written.error());
  return HeldBack{actions.size(), tasks.size()};
}

}  // namespace hookswitch
