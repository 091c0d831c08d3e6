// POST /calls and /calls/{id}/end: calls placed and ended by people. Both are actions of the outbox.
#include <fmt/format.h>

#include <algorithm>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/calling/hours.h"

namespace hookswitch {
namespace {

constexpr size_t kTextBytes = 256;
constexpr std::ptrdiff_t kTwimlCharacters = 4000;  // Twilio's own bound

// What of the body goes to the provider, in the words of an event's data.
const std::vector<std::string> kParams{
    "to",       "from",  "agent_id", "phone_number_id", "contact_id",        "variables", "record",
    "metadata", "twiml", "url",      "timeout_secs",    "machine_detection", "window"};

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

bool is_web_address(std::string_view url) {
  const size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || url.size() == scheme || std::string_view("/?#:@").contains(url[scheme])) return false;
  return std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~'; });
}

// What the call is to hear, in Twilio's language or at an address. That is asked by the provider and never by us, so it
// reaches nothing that only we can reach.
Status check_instructions(const Json& body) {
  const Json twiml = body.value("twiml", Json()), url = body.value("url", Json());
  if (!twiml.is_null() && !url.is_null())
    return fail(Code::invalid, "body: twiml: found url beside it, expected one of them");
  if (!url.is_null() && !is_web_address(url.get_ref<const std::string&>()))
    return fail(Code::invalid, "body: url: expected an http or https address, in ASCII");
  if (twiml.is_null()) return {};
  const auto& text = twiml.get_ref<const std::string&>();
  if (text.find("<Response") == std::string::npos)
    return fail(Code::invalid, "body: twiml: expected TwiML, which is a text with a <Response>");
  const auto characters = std::ranges::count_if(text, begins_character);
  if (characters <= kTwimlCharacters) return {};
  return fail(Code::invalid, "body: twiml: found {} characters, expected at most {}", characters, kTwimlCharacters);
}

Status check_texts(const Json& body) {
  for (const char* key : {"to", "from", "agent_id", "phone_number_id", "contact_id", "source", "url", "tenant"}) {
    auto found = body.find(key);
    if (found == body.end()) continue;
    if (!found->is_string() || found->get_ref<const std::string&>().size() > kTextBytes)
      return fail(Code::invalid, "body: {}: expected a text of at most {} bytes", key, kTextBytes);
  }
  if (body.value("to", Json()).is_null() && body.value("contact_id", Json()).is_null())
    return fail(Code::invalid, "body: to: missing, expected a telephone number, or contact_id");
  for (const char* key : {"variables", "metadata"}) {
    if (body.contains(key) && !body[key].is_object()) return fail(Code::invalid, "body: {}: expected an object", key);
  }
  if (!body.contains("window")) return {};
  auto hours = read_hours(body["window"]);
  if (!hours) return fail(Code::invalid, "body: window: {}", hours.error().message);
  return {};
}

// The command of a body: {"source", "params", "not_before" ms, "tenant"}.
Result<Json> command_of(const ApiRequest& request) {
  const Json& body = request.body;
  std::vector<std::string> known = kParams;
  known.insert(known.end(), {"source", "tenant", "not_before"});
  if (auto good = check_keys(body, known); !good) return std::unexpected(good.error());
  if (auto good = check_texts(body); !good) return std::unexpected(good.error());
  if (auto good = check_instructions(body); !good) return std::unexpected(good.error());
  std::string tenant = body.value("tenant", request.caller.tenant);
  if (!request.caller.may_see(tenant))
    return fail(Code::denied, "body: tenant: found \"{}\", which is not yours", tenant.substr(0, 80));
  Json command{{"tenant", tenant}, {"source", body.value("source", "")}, {"params", Json::object()}};
  for (const std::string& param : kParams) {
    if (body.contains(param)) command["params"][param] = body[param];
  }
  if (!body.contains("not_before")) return command;
  auto time = body["not_before"].is_string() ? parse_time(body["not_before"].get<std::string>()) : std::nullopt;
  if (!time) return fail(Code::invalid, "body: not_before: expected a time such as 2026-03-01T09:00:00Z");
  command["not_before"] = *time;
  return command;
}

std::optional<Response> place(const ApiParts& parts, ApiRequest& request) {
  auto command = command_of(request);
  if (!command) return problem(command.error());
  return submit(parts, request, "call.create", std::move(*command));
}

std::optional<Response> end(const ApiParts& parts, ApiRequest& request) {
  if (auto known = check_keys(request.body, {"source"}); !known) return problem(known.error());
  Json source = request.body.value("source", Json(""));
  if (!source.is_string()) return problem(400, "body: source: expected a text");
  return submit(parts, request, "call.end",
                {{"id", request.path[0]}, {"source", source}, {"tenant", request.caller.tenant}});
}

}  // namespace

void add_place_call(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "POST",
                .path = "/api/v1/calls",
                .role = Role::operate,
                .summary = "Place a call; 202 with the ids of the action and of the call it will be",
                .answers = "Accepted",
                .takes = "CallWish",
                .statuses = {202},
                .handle = [&parts](ApiRequest& request) { return place(parts, request); }});
  to.push_back({.method = "POST",
                .path = "/api/v1/calls/{id}/end",
                .role = Role::operate,
                .summary = "Hang up, where a provider can: the call is ended_manually then. One that is not placed yet "
                           "is taken back: 200 with the action that was to place it, canceled. 409 for one that is over, "
                           "and while it is being placed and the provider has not named it yet",
                .answers = "Accepted",
                .takes = "CallEnd",
                .statuses = {202, 200},
                .handle = [&parts](ApiRequest& request) { return end(parts, request); }});
}

}  // namespace hookswitch
