// What providers sign, they accept: every recorded delivery, and the ways of signing that no recording shows.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/plugins/support.h"

using namespace hookswitch;
using namespace hookswitch::test;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kNowMs = 1'739'537'300'123;
const char* kEleven = R"({"webhook_secret":["first","second"],"initiation_secret":{"header":"X-Init","value":"v1"}})";
const char* kTwilio = R"({"auth_token":["12345","67890"]})";
const char* kForm = "application/x-www-form-urlencoded";
const char* kJson = "application/json";

/// A request before it is signed; the URL is made of the query.
struct Call {
  std::string kind = "";
  std::string body = "";
  std::string type = kJson;
  std::string query = "";
  std::string method = "POST";
};

DeliveryRequest request_of(const Call& call, const std::string& url, const HeaderList& headers) {
  DeliveryRequest request;
  request.method = call.method;
  request.url = url;
  request.path = "/hooks/test";
  request.query = call.query;
  request.kind = call.kind;
  request.headers = &headers;
  request.body = call.body;
  request.now_ms = kNowMs;
  return request;
}

std::string url_of(const std::string& query) {
  return "https://example.com/hooks/test" + (query.empty() ? "" : "?" + query);
}

HeaderList headers_of(const Call& call) {
  return call.type.empty() ? HeaderList{} : HeaderList{{"content-type", call.type}};
}

Result<SignedRequest> sign(const Source& source, const Call& call) {
  HeaderList headers = headers_of(call);
  std::string url = url_of(call.query);
  return source.sign(request_of(call, url, headers));
}

/// "" when the source accepts what it signed; `tampered` replaces the body in between.
std::string refusal(const Source& source, Call call, const std::string& tampered = "") {
  auto made = sign(source, call);
  if (!made) return made.error().message;
  HeaderList headers = headers_of(call);
  headers.insert(headers.end(), made->headers.begin(), made->headers.end());
  if (!made->query.empty()) call.query = made->query;
  if (!tampered.empty()) call.body = tampered;
  std::string url = url_of(call.query);
  auto verdict = source.verify(request_of(call, url, headers));
  if (!verdict) return verdict.error().message;
  return verdict->kind == Verdict::Kind::accept ? "" : verdict->code;
}

std::string kind_beside(const std::string& file) {
  std::string beside = file.substr(0, file.rfind('.')) + ".events.json";
  return fs::exists(beside) ? nlohmann::json::parse(read_file(beside)).value("kind", "") : "";
}

}  // namespace

TEST_CASE("every recorded delivery is accepted once it is signed, and not when it is changed afterwards") {
  int files = 0;
  for (const auto& [provider, config] : {std::pair{"elevenlabs", kEleven}, {"twilio", kTwilio}}) {
    auto made = source(provider, config);
    CHECK(made->can_sign());
    for (const auto& entry : fs::directory_iterator(fixtures_dir() + "/" + provider)) {
      std::string file = entry.path().string();
      if (file.ends_with(".events.json")) continue;
      Call call{.kind = kind_beside(file), .body = read_file(file), .type = file.ends_with(".form") ? kForm : kJson};
      INFO(file);
      CHECK(refusal(*made, call) == "");
      bool is_static = call.kind == "initiation" || call.kind == "conversation-initiation";
      if (!is_static) CHECK(refusal(*made, call, call.body + "&x=1") == "signature_mismatch");
      ++files;
    }
  }
  CHECK(files >= 40);
}

TEST_CASE("ElevenLabs signs the second and the body with the first secret, and an initiation with its static header") {
  auto made = source("elevenlabs", kEleven);
  auto signature = sign(*made, {.body = "{}"}).value();
  CHECK(signature.headers == HeaderList{{"elevenlabs-signature", elevenlabs_signature("first", kNowMs / 1000, "{}")}});
  CHECK(signature.query == "");
  CHECK(sign(*made, {.kind = "initiation", .body = "{}"}).value().headers == HeaderList{{"x-init", "v1"}});
}

TEST_CASE(
    "Twilio signs forms by their parameters, JSON by its hash in the query and GET by its URL, with the first token") {
  auto made = source("twilio", kTwilio);
  std::string url = url_of("");
  auto form = sign(*made, {.body = "b=2&a=1", .type = kForm}).value();
  CHECK(form.headers == HeaderList{{"x-twilio-signature", hmac_sha1_base64("12345", url + "a1b2")}});
  CHECK(form.query == "");
  auto json = sign(*made, {.body = "{}", .query = "bodySHA256=old&k=v&bodySHA256&body%53HA256=odd"}).value();
  CHECK(json.query == "k=v&bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  CHECK(json.headers == HeaderList{{"x-twilio-signature", hmac_sha1_base64("12345", url + "?" + json.query)}});
  CHECK(refusal(*made, {.body = "{}", .query = "bodySHA256=old&k=v"}) == "");
  CHECK(refusal(*made, {.type = "", .query = "CallSid=CA1&CallStatus=ringing", .method = "GET"}) == "");
}

TEST_CASE("the example signs its body") {
  auto made = source("example", R"({"secret":"s3cret"})");
  CHECK(sign(*made, {.body = "{}"}).value().headers ==
        HeaderList{{"x-example-signature", hmac_sha256_hex("s3cret", "{}")}});
  CHECK(refusal(*made, {.body = "{}"}) == "");
}

TEST_CASE("a request that the provider would never make is not signed") {
  CHECK_THAT(sign(*source("elevenlabs", kEleven), {.type = kForm}).error().message,
             Catch::Contains("application/json"));
  CHECK_THAT(sign(*source("twilio", kTwilio), {.type = "text/plain"}).error().message,
             Catch::Contains("a form or JSON"));
  auto unset = source("elevenlabs", R"({"webhook_secret":"s"})");
  CHECK_THAT(sign(*unset, {.kind = "initiation"}).error().message,
             Catch::Contains("found no setting initiation_secret"));
}

TEST_CASE("what a provider can includes that it signs") {
  for (const PluginInfo& each : providers().list()) {
    if (each.loaded.refused.empty())
      CHECK_THAT(each.loaded.capabilities, Catch::VectorContains(std::string("hookswitch.sign/1")));
  }
}
