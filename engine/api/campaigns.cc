// /campaigns: lists of people to be called at a pace, begun, watched and steered.
#include "engine/state/campaigns.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/calling/contact_list.h"
#include "engine/calling/task_wish.h"

namespace hookswitch {
namespace {

constexpr size_t kBadRowsShown = 1'000;
constexpr double kPerMinuteMax = 6'000;
constexpr int kConcurrencyMax = 10'000;

// What all tasks of a campaign have in common.
const std::vector<std::string> kTaskFields{"kind", "channel", "source",    "agent_id", "window",     "retry",
                                           "body", "due_at",  "variables", "metadata", "expires_at", "priority"};

Response list_campaigns(const ApiParts& parts, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return problem(tenant.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto page = campaign_page(**reader, *tenant, request.query.cursor(), request.query.limit());
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

std::optional<Campaign> visible_campaign(const Reader& reader, const ApiRequest& request) {
  auto campaign = find_campaign(reader, request.path[0]);
  if (campaign && !request.caller.may_see(campaign->tenant)) return std::nullopt;
  return campaign;
}

Response not_found(const ApiRequest& request) {
  return problem(404, fmt::format("campaign {}: found none", request.path[0].substr(0, 80)));
}

Response one_campaign(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto campaign = visible_campaign(**reader, request);
  return campaign ? json_answer(campaign->to_json()) : not_found(request);
}

// The people of a JSON body's `contacts`, or of a CSV body.
Result<ContactList> people_of(const Json& body, const std::string& country) {
  if (body.contains("text") && !body["text"].is_string()) return fail(Code::invalid, "body: text: expected a text");
  if (body.contains("text")) return read_contacts_csv(body["text"].get_ref<const std::string&>(), country);
  return read_contacts_json(body.value("contacts", Json::array()), country);
}

Json rejected(const std::vector<BadRow>& bad) {
  Json rows = Json::array();
  for (const BadRow& row : bad) {
    if (rows.size() < kBadRowsShown) rows.push_back({{"line", row.line}, {"reason", row.reason}});
  }
  return rows;
}

// Those that the list itself shows to be bad, and those of whom the command found that the campaign has them.
std::vector<BadRow> bad_rows(std::vector<BadRow> bad, const std::vector<size_t>& lines, const Json& again) {
  for (const Json& place : again) bad.push_back({lines.at(place.get<size_t>()), "the same as one in the campaign"});
  std::ranges::stable_sort(bad, {}, &BadRow::line);
  return bad;
}

// The answer of the command, with what became of the rows beside it. One that is only logged stays what it is for every
// command, and says of the rows what is certain already.
std::function<void(Response&)> telling(const ContactList& people) {
  return [lines = people.lines, listed = people.bad](Response& response) {
    Json answer = parse_json(response.body);
    if (response.status >= 300 || !answer.is_object()) return;
    const Json again = answer.value("again", Json::array());
    answer.erase("again");
    if (response.status != 202)
      answer = {{"campaign", std::move(answer)}, {"accepted", lines.size() - again.size()}};
    const auto bad = bad_rows(listed, lines, again);
    answer["rejected_count"] = bad.size();
    answer["rejected"] = rejected(bad);
    response.body = dump(answer);
  };
}

// With a CSV body the settings are in the query.
Json settings_of(const ApiRequest& request) {
  Json settings = request.body;
  settings.erase("contacts");
  if (!settings.contains("text")) return settings;
  settings.erase("text");
  for (const char* text : {"name", "tenant", "kind", "source", "agent_id"}) {
    if (request.query.has(text)) settings[text] = request.query.text(text);
  }
  for (const char* number : {"per_minute", "concurrency"}) {
    if (!request.query.has(number)) continue;
    settings[number] = parse_json(request.query.text(number));
  }
  if (request.query.has("paused")) settings["paused"] = request.query.text("paused") == "true";
  return settings;
}

Status check_number(const Json& settings, const char* name, double min, double max) {
  if (!settings.contains(name)) return {};
  const Json& value = settings[name];
  if (value.is_number() && value >= min && value <= max) return {};
  return fail(Code::invalid, "body: {}: expected a number from {} to {}", name, min, max);
}

Status check_pace(const Json& settings) {
  Json stop = settings.value("stop", Json::object());
  if (!stop.is_object()) return fail(Code::invalid, "body: stop: expected {{failed_share, after}}");
  if (auto good = check_keys(stop, {"failed_share", "after"}); !good) return good;
  for (auto good : {check_number(settings, "per_minute", 0.01, kPerMinuteMax),
                    check_number(settings, "concurrency", 1, kConcurrencyMax),
                    check_number(stop, "failed_share", 0.01, 1), check_number(stop, "after", 1, 1'000'000)}) {
    if (!good) return good;
  }
  if (settings.contains("concurrency") && !settings["concurrency"].is_number_integer())
    return fail(Code::invalid, "body: concurrency: expected a whole number");
  return {};
}

Status check_name(const Json& name) {
  if (name.is_string() && name != "" && name.get_ref<const std::string&>().size() <= limits::kIndexedTextBytes)
    return {};
  return fail(Code::invalid, "body: name: expected a text of 1 to {} bytes", limits::kIndexedTextBytes);
}

Status check_settings(const Json& settings) {
  std::vector<std::string> known = kTaskFields;
  known.insert(known.end(), {"name", "tenant", "per_minute", "concurrency", "stop", "paused"});
  if (auto good = check_keys(settings, known); !good) return good;
  if (auto good = check_pace(settings); !good) return good;
  if (settings.contains("paused") && !settings["paused"].is_boolean())
    return fail(Code::invalid, "body: paused: expected true or false");
  return check_name(settings.value("name", Json()));
}

Result<Json> command_of(const ApiParts& parts, const ApiRequest& request, const std::string& tenant) {
  Json settings = settings_of(request);
  if (auto good = check_settings(settings); !good) return std::unexpected(good.error());
  Json task = Json::object();
  for (const std::string& field : kTaskFields) {
    if (settings.contains(field)) task[field] = settings[field];
  }
  auto checked = read_task_change(task, parts.country_of ? parts.country_of(tenant) : "");
  if (!checked) return checked;
  Json command{{"tenant", tenant}, {"name", settings["name"]}, {"task", std::move(*checked)}};
  for (const char* field : {"per_minute", "concurrency", "stop", "paused"}) {
    if (settings.contains(field)) command[field] = settings[field];
  }
  return command;
}

Result<std::string> tenant_of(const ApiRequest& request) {
  Json tenant = request.body.value("tenant", Json(request.query.text("tenant")));
  if (!tenant.is_string()) return fail(Code::invalid, "body: tenant: expected a text");
  if (tenant == "") return request.caller.tenant;
  if (request.caller.may_see(tenant.get<std::string>())) return tenant.get<std::string>();
  return fail(Code::denied, "body: tenant: found a tenant that is not the token's own");
}

std::optional<Response> create_campaign(const ApiParts& parts, ApiRequest& request) {
  auto tenant = tenant_of(request);
  if (!tenant) return problem(tenant.error());
  auto command = command_of(parts, request, *tenant);
  if (!command) return problem(command.error());
  auto people = people_of(request.body, parts.country_of ? parts.country_of(*tenant) : "");
  if (!people) return problem(people.error());
  (*command)["people"] = people->good;
  return submit(parts, request, "campaign.create", std::move(*command), telling(*people));
}

std::optional<Response> add_people(const ApiParts& parts, ApiRequest& request) {
  if (auto known = check_keys(request.body, {"contacts", "text"}); !known) return problem(known.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto campaign = visible_campaign(**reader, request);
  if (!campaign) return not_found(request);
  auto people = people_of(request.body, parts.country_of ? parts.country_of(campaign->tenant) : "");
  if (!people) return problem(people.error());
  Json command{{"tenant", request.caller.tenant}, {"id", request.path[0]}, {"people", people->good}};
  return submit(parts, request, "campaign.add", std::move(command), telling(*people));
}

Result<Json> change_of(const ApiRequest& request) {
  const Json& body = request.body;
  if (auto good = check_keys(body, {"name", "per_minute", "concurrency", "stop", "window"}); !good)
    return std::unexpected(good.error());
  if (auto good = check_pace(body); !good) return std::unexpected(good.error());
  if (auto good = body.contains("name") ? check_name(body["name"]) : Status(); !good)
    return std::unexpected(good.error());
  Json command{{"tenant", request.caller.tenant}, {"id", request.path[0]}};
  for (const char* field : {"name", "per_minute", "concurrency", "stop"}) {
    if (body.contains(field)) command[field] = body[field];
  }
  if (!body.contains("window")) return command;
  auto task = read_task_change({{"window", body["window"]}}, "");
  if (!task) return task;
  command["task"] = std::move(*task);
  return command;
}

std::optional<Response> change_campaign(const ApiParts& parts, ApiRequest& request) {
  auto command = change_of(request);
  if (!command) return problem(command.error());
  return submit(parts, request, "campaign.change", std::move(*command));
}

std::optional<Response> steer(const ApiParts& parts, ApiRequest& request, const char* command) {
  if (auto known = check_keys(request.body, {}); !known) return problem(known.error());
  return submit(parts, request, command, {{"tenant", request.caller.tenant}, {"id", request.path[0]}});
}

void add_steering(Endpoints& to, const ApiParts& parts, const std::string& verb, const char* summary) {
  to.push_back({.method = "POST",
                .path = "/api/v1/campaigns/{id}/" + verb,
                .role = Role::operate,
                .summary = summary,
                .answers = "Campaign",
                .handle = [&parts, command = "campaign." + verb](ApiRequest& request) {
                  return steer(parts, request, command.c_str());
                }});
}

}  // namespace

void add_campaigns(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/campaigns",
                .summary = "Campaigns, newest first",
                .query = {{"tenant", "business/location"}},
                .answers = "Campaign",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_campaigns(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/campaigns/{id}",
                .summary = "One campaign with its progress; its tasks are GET /tasks?campaign={id}",
                .answers = "Campaign",
                .handle = [&parts](ApiRequest& request) { return one_campaign(parts, request); }});
  to.push_back({.method = "POST",
                .path = "/api/v1/campaigns",
                .role = Role::operate,
                .summary = "Begin one, with its people as JSON, or as CSV and the settings in the query",
                .query = {{"name", "of a CSV body"},
                          {"tenant", "of a CSV body"},
                          {"kind", "of a CSV body"},
                          {"source", "of a CSV body"},
                          {"agent_id", "of a CSV body"},
                          {"per_minute", "of a CSV body"},
                          {"concurrency", "of a CSV body"},
                          {"paused", "of a CSV body", ParameterType::word, {"true", "false"}}},
                .answers = "CampaignMade",
                .takes = "CampaignWish",
                .text_type = "text/csv",
                .body_bytes = limits::kCampaignBodyBytes,
                .statuses = {201, 200},
                .handle = [&parts](ApiRequest& request) { return create_campaign(parts, request); }});
  to.push_back({.method = "POST",
                .path = "/api/v1/campaigns/{id}/contacts",
                .role = Role::operate,
                .summary = "More people, as JSON or CSV; whom the campaign has already is rejected",
                .answers = "CampaignMade",
                .takes = "CampaignPeople",
                .text_type = "text/csv",
                .body_bytes = limits::kCampaignBodyBytes,
                .handle = [&parts](ApiRequest& request) { return add_people(parts, request); }});
  to.push_back({.method = "PATCH",
                .path = "/api/v1/campaigns/{id}",
                .role = Role::operate,
                .summary = "Go on at another pace, in other hours or under another name, at once",
                .answers = "Campaign",
                .takes = "CampaignChange",
                .handle = [&parts](ApiRequest& request) { return change_campaign(parts, request); }});
  add_steering(to, parts, "pause", "Attempt nothing more for now");
  add_steering(to, parts, "resume", "Go on, also after it stopped by itself");
  add_steering(to, parts, "cancel", "Take back all that waits");
}

}  // namespace hookswitch
