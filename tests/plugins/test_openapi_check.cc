// The check that our requests are held against finds what is wrong with one.
#include <catch2/catch.hpp>

#include "tests/plugins/support.h"
#include "tests/support/openapi_check.h"

using namespace hookswitch::test;

namespace {

const std::string kCalls = "/2010-04-01/Accounts/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Calls.json";
const char* kForm = "application/x-www-form-urlencoded";
const char* kOutbound = "/v1/convai/twilio/outbound-call";

struct Wrong {
  OpenApiCheck::Request request;
  const char* because;
};
const Wrong kTwilio[] = {
    {{"POST", kCalls, kForm, "To=%2B1&From=%2B2&Url=https%3A%2F%2Fx"}, ""},
    {{"POST", "/2010-04-01/Calls.json", kForm, ""}, "not in the document"},
    {{"PATCH", kCalls, kForm, ""}, "not in the document"},
    {{"POST", "/2010-04-01/Accounts/AC1/Calls.json", kForm, "To=1&From=2"}, "AccountSid"},
    {{"POST", kCalls, "application/json", "{}"}, "content type"},
    {{"POST", kCalls, kForm, "To=%2B1"}, ".From: missing"},
    {{"POST", kCalls, kForm, "To=1&From=2&Colour=red"}, ".Colour: not in the document"},
    {{"POST", kCalls, kForm, "To=1&From=2&Timeout=soon"}, ".Timeout: found"},
    {{"POST", kCalls, kForm, "To=1&From=2&Url=nowhere"}, ".Url: found"},
    {{"POST", kCalls, kForm, "To=1&From=2&To=3"}, "To: given twice"},
    {{"POST", kCalls, kForm, "To=1&From=2&Method=PUT"}, ".Method: found"},
    {{"GET", kCalls + "?PageSize=1000", "", ""}, ""},
    {{"GET", kCalls + "?PageSize=1001", "", ""}, "PageSize"},
    {{"GET", kCalls + "?StartTime%3E=2025-01-01", "", ""}, "StartTime>"},
    {{"GET", kCalls + "?Colour=red", "", ""}, "query Colour: not in the document"},
    {{"GET", kCalls, "", "x"}, "a body where none belongs"},
};
const Wrong kElevenLabs[] = {
    {{"POST", kOutbound, "application/json", R"({"agent_id":"a","agent_phone_number_id":"p","to_number":"+1"})"}, ""},
    {{"POST", kOutbound, "application/json", "{"}, "the body is no JSON"},
    {{"POST", kOutbound, "application/json", R"({"agent_id":"a","agent_phone_number_id":"p"})"}, ".to_number: missing"},
    {{"POST", kOutbound, "application/json", R"({"agent_id":7,"agent_phone_number_id":"p","to_number":"+1"})"},
     ".agent_id: found 7"},
    {{"GET", "/v1/convai/conversations?page_size=101", "", ""}, "page_size"},
    {{"GET", "/v1/convai/conversations?sort_direction=up", "", ""}, "sort_direction"},
};

void check_all(const std::string& vendor, const Wrong* all, size_t count) {
  OpenApiCheck check(fixture("openapi/" + vendor + ".requests.json"));
  for (size_t i = 0; i < count; ++i) {
    INFO(all[i].request.method << " " << all[i].request.target << " " << all[i].request.body);
    std::string found = check.complaint(all[i].request);
    CHECK_THAT(found, Catch::Contains(all[i].because));
    CHECK(found.empty() == std::string(all[i].because).empty());
  }
}

}  // namespace

TEST_CASE("a request that the vendor's document does not describe is told what is wrong with it") {
  check_all("twilio", kTwilio, std::size(kTwilio));
  check_all("elevenlabs", kElevenLabs, std::size(kElevenLabs));
}
