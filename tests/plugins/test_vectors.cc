// The vendors' own signature vectors: each gets the verdict that lies beside it.
#include <catch2/catch.hpp>

#include "tests/plugins/support.h"

using namespace hookswitch;
using namespace hookswitch::test;
using nlohmann::json;

namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(c));
  return text;
}

HeaderList headers_of(const json& vector) {
  HeaderList out;
  for (const auto& [name, value] : vector["headers"].items()) out.emplace_back(lower(name), value.get<std::string>());
  return out;
}

/// Parameters as a vendor's library is given them, posted as a form in their order.
std::string form_of(const json& params) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : params.items()) {
    for (const json& each : value.is_array() ? value : json::array({value})) {
      pairs.emplace_back(name, each.get<std::string>());
    }
  }
  return form_encode(pairs);
}

bool is_websocket(const std::string& url) { return url.starts_with("ws"); }

std::string body_of(const json& vector) {
  if (vector.contains("body")) return vector["body"].get<std::string>();
  if (is_websocket(vector.value("url", ""))) return "";  // an upgrade has no body
  return vector.contains("params") ? form_of(vector["params"]) : "";
}

Verdict verify(const json& vector) {
  std::string provider = vector["provider"];
  json settings{{provider == "twilio" ? "auth_token" : "webhook_secret", vector["secret"]}};
  auto made = source(provider, settings.dump());
  std::string url = vector.value("url", "https://example.com/hooks/elevenlabs"), body = body_of(vector);
  HeaderList headers = headers_of(vector);
  DeliveryRequest request;
  request.method = is_websocket(url) ? "GET" : "POST";
  request.url = url;
  request.headers = &headers;
  request.body = body;
  request.now_ms = vector.value("now", int64_t{0}) * 1000;
  auto verdict = made->verify(request);
  if (!verdict) FAIL(verdict.error().message);
  return *verdict;
}

}  // namespace

TEST_CASE("every signature vector gets its verdict") {
  json vectors = json::parse(fixture("vectors.json"))["vectors"];
  REQUIRE(vectors.size() >= 40);
  for (const json& vector : vectors) {
    INFO(vector["id"]);
    Verdict verdict = verify(vector);
    std::string found = verdict.kind == Verdict::Kind::accept ? "accept" : "refuse";
    CHECK(found == vector["verdict"]);
    CHECK(verdict.code == vector.value("code", ""));
    if (found == "refuse") CHECK(verdict.reason != "");
  }
}
