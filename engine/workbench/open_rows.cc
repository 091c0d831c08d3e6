#include "engine/workbench/open_rows.h"

#include "engine/base/limits.h"
#include "engine/state/tasks.h"

namespace hookswitch {
namespace {

/// Every row of a listing, page by page.
template <class Page, class Visit>
void each_row(const Page& page_at, const Visit& visit) {
  std::string cursor;
  do {
    auto page = page_at(cursor);
    if (!page) return;
    for (const Json& row : page->rows) visit(row);
    cursor = page->next_cursor;
  } while (!cursor.empty());
}

}  // namespace

std::vector<std::string> open_tasks(const Reader& reader) {
  std::vector<std::string> out;
  for (TaskStatus status : {TaskStatus::scheduled, TaskStatus::in_progress}) {
    each_row([&](const std::string& at) { return task_page(reader, {.status = name(status)}, at, limits::kPageRows); },
             [&](const Json& row) { out.push_back(json_text(row, "id")); });
  }
  return out;
}

std::vector<std::string> open_campaigns(const Reader& reader) {
  std::vector<std::string> out;
  each_row([&](const std::string& at) { return campaign_page(reader, "", at, limits::kPageRows); },
           [&](const Json& row) {
             const Campaign campaign = Campaign::from_json(row);
             if (is_open(campaign.status)) out.push_back(campaign.id);
           });
  return out;
}

}  // namespace hookswitch
