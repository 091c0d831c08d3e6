// GET /activity: the feed, newest first.
#include "engine/state/activity.h"

#include "engine/api/problem.h"
#include "engine/api/resources.h"

namespace hookswitch {
namespace {

Response list_activity(const ApiParts& parts, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return problem(tenant.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto page = activity_page(**reader, *tenant, request.query.cursor(), request.query.limit());
  if (!page) return problem(page.error());
  std::vector<Json> rows;
  for (const Activity& activity : page->rows) rows.push_back(activity.to_json());
  return list_answer(std::move(rows), page->next_cursor);
}

}  // namespace

void add_activity(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/activity",
                .summary = "The feed of what happened, newest first",
                .query = {{"tenant", "business/location"}},
                .answers = "Activity",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_activity(parts, request); }});
}

}  // namespace hookswitch
