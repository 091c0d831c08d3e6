#include "tests/e2e/two_tenants.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "engine/http/url.h"

namespace hookswitch::test {
namespace {

// Acting is possible and reaches nobody: nothing listens there.
constexpr const char* kNobody = "http://127.0.0.1:1";
constexpr const char* kLater = "2031-01-01T10:00:00Z";

const std::pair<const char*, Json> kTokens[] = {{"viewer", {{"role", "viewer"}}},
                                                {"operator", {{"role", "operator"}}},
                                                {"admin", {{"role", "admin"}}},
                                                {"our viewer", {{"role", "viewer"}, {"tenant", kOurs}}},
                                                {"our operator", {{"role", "operator"}, {"tenant", kOurs}}},
                                                {"our admin", {{"role", "admin"}, {"tenant", kOurs}}}};

}  // namespace

TwoTenants::TwoTenants() : engine_("", "", kNobody) {
  engine_.start();
  for (const auto& [name, wish] : kTokens) {
    auto answer = engine_.api_post("/tokens", wish);
    REQUIRE(answer->status == 201);
    tokens_[name] = Json::parse(answer->body)["token"];
  }
  make_things_of(kOurs, "Ours", ours_);
  make_things_of(kTheirs, kMark, theirs_);
  REQUIRE(engine_.settle());
}

cli::HttpAnswer TwoTenants::ask(const std::string& as, const std::string& method, const std::string& path,
                                const Json& body, const cli::HttpHeaders& more) {
  cli::HttpHeaders headers{{"Content-Type", "application/json"}};
  if (as != "nobody") headers.emplace_back("Authorization", "Bearer " + tokens_.at(as));
  headers.insert(headers.end(), more.begin(), more.end());
  auto answer = cli::request(method, engine_.url(path), headers, body.is_null() ? "" : dump(body));
  REQUIRE(answer);
  return *answer;
}

Json TwoTenants::made(const std::string& method, const std::string& path, const Json& body) {
  auto answer = ask("admin", method, "/api/v1" + path, body);
  INFO(method << " " << path << ": " << answer.body);
  REQUIRE((answer.status >= 200 && answer.status < 300));
  return Json::parse(answer.body);
}

void TwoTenants::converse(const std::string& agent, const std::string& conversation, const std::string& says) {
  Json event =
      Json::parse(read_file(HOOKSWITCH_SOURCE_DIR "/tests/fixtures/elevenlabs/post_call_transcription.full.json"));
  event["data"]["agent_id"] = agent;
  event["data"]["conversation_id"] = conversation;
  event["data"]["metadata"]["phone_call"]["call_sid"] = "CA" + conversation;
  event["data"]["transcript"][0]["message"] = says;
  REQUIRE(engine_.post_elevenlabs(dump(event))->status == 200);
}

void TwoTenants::make_things_of(const std::string& tenant, const std::string& mark,
                                std::map<std::string, std::string>& ids) {
  std::string number = tenant == kOurs ? "+13105551201" : "+13105551202";
  ids["agent"] = mark + "_agent";
  ids["contact"] = mark + "_contact";
  ids["phone"] = number;
  made("PUT", "/agents/" + ids["agent"], {{"source", "elevenlabs"}, {"tenant", tenant}, {"name", mark}});
  made("PUT", "/contacts/" + ids["contact"], {{"tenant", tenant}, {"name", mark}, {"phones", {number}}});
  made("PUT", "/suppressions/" + percent_encode(number), {{"tenant", tenant}, {"reason", mark}});
  converse(ids["agent"], "conv_" + mark, "I am speaking from " + mark);
  ids["call"] = "conv_" + mark;
  Json task = made("POST", "/tasks",
                   {{"tenant", tenant}, {"to", number}, {"source", "elevenlabs"}, {"due_at", kLater}, {"kind", mark}});
  ids["task"] = task["id"];
  Json campaign = made("POST", "/campaigns",
                       {{"tenant", tenant},
                        {"name", mark},
                        {"source", "elevenlabs"},
                        {"paused", true},
                        {"contacts", {{{"to", number}}}}});
  ids["campaign"] = campaign["campaign"]["id"];
  Json call = made("POST", "/calls",
                   {{"tenant", tenant},
                    {"to", number},
                    {"source", "elevenlabs"},
                    {"agent_id", ids["agent"]},
                    {"not_before", kLater},
                    {"variables", {{"note", mark}}}});
  ids["action"] = call["action_id"];
}

Json TwoTenants::their_state() {
  Json out;
  for (const char* list : {"calls", "tasks", "campaigns", "actions", "activity", "suppressions", "kpis", "stats"})
    out[list] = made("GET", fmt::format("/{}?tenant={}", list, percent_encode(kTheirs)), nullptr);
  out["contact"] = made("GET", "/contacts/" + theirs_["contact"], nullptr);
  out["agent"] = made("GET", "/agents/" + theirs_["agent"], nullptr);
  out["transcript"] = made("GET", "/calls/" + theirs_["call"] + "/transcript", nullptr);
  return out;
}

}  // namespace hookswitch::test
