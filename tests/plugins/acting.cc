#include "tests/plugins/acting.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "plugins/lib/form.h"
#include "tests/support/openapi_check.h"

namespace hookswitch::test {

std::shared_ptr<Source> acting_source(const std::string& provider, const nlohmann::json& more) {
  nlohmann::json settings;
  if (provider == "elevenlabs") {
    settings = {
        {"webhook_secret", "s"}, {"api_key", "xi-secret"}, {"agent_id", "agent_1"}, {"phone_number_id", "phnum_1"}};
  } else {
    settings = {{"auth_token", "token-secret"},
                {"account_sid", "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
                {"phone_number", "+15551230000"}};
  }
  if (more.is_object()) settings.update(more);
  return source(provider, settings.dump());
}

ActionView Acted::view(const std::string& params_text) const {
  ActionView out;
  out.id = kActionId;
  out.type = type;
  out.params = params_text;
  out.hook_url = "https://example.com/hooks/line";
  out.made_ms = kMadeMs;
  out.sent_ms = kMadeMs + 1'000;
  out.now_ms = now_ms;
  out.cursor = cursor;
  return out;
}

Result<HttpRequest> Acted::build(const Source& source) const {
  std::string text = params_text();
  return source.build_action(view(text));
}

ActionOutcome Acted::parse(const Source& source, int status, std::string_view body, const HeaderList& headers) const {
  std::string text = params_text();
  auto outcome = source.parse_action(view(text), {status, headers, std::string(body)});
  if (!outcome) FAIL(outcome.error().message);
  return *outcome;
}

Result<HttpRequest> Acted::reconcile(const Source& source) const {
  std::string text = params_text();
  return source.reconcile_action(view(text), cursor);
}

ActionOutcome Acted::match(const Source& source, int status, std::string_view body) const {
  std::string text = params_text();
  auto outcome = source.match_action(view(text), {status, {}, std::string(body)});
  if (!outcome) FAIL(outcome.error().message);
  return *outcome;
}

std::string complaint(const std::string& provider, const HttpRequest& request) {
  OpenApiCheck check(fixture("openapi/" + provider + ".requests.json"));
  size_t host = request.url.find("//");
  std::string target = request.url.substr(request.url.find('/', host + 2));
  return check.complaint({request.method, target, std::string(header(request, "content-type")), request.body});
}

std::string_view header(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

std::vector<std::string> form_params(std::string_view encoded) {
  plugin::Form form(encoded);
  std::vector<std::string> out;
  for (const auto& param : form.params()) out.push_back(std::string(param.name) + "=" + std::string(param.value));
  return out;
}

bool has_param(std::string_view encoded, const std::string& param) {
  return std::ranges::count(form_params(encoded), param) == 1;
}

std::string query_of(const std::string& url) {
  size_t question = url.find('?');
  return question == std::string::npos ? "" : url.substr(question + 1);
}

const char* name(ActionOutcome::Kind kind) {
  constexpr const char* kNames[] = {"done", "retry", "failed", "unknown", "denied"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace hookswitch::test
