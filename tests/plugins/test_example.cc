// The example of plugins/README.md does what the page says.
#include <catch2/catch.hpp>

#include "tests/plugins/support.h"

using namespace hookswitch;
using namespace hookswitch::test;

TEST_CASE("the example accepts what it signed and nothing else") {
  auto made = source("example", R"({"secret":"s3cret"})");
  auto code = [&](const HeaderList& headers) {
    DeliveryRequest request;
    request.headers = &headers;
    request.body = "{}";
    return made->verify(request).value().code;
  };
  CHECK(code({{"x-example-signature", hmac_sha256_hex("s3cret", "{}")}}) == "");
  CHECK(code({{"x-example-signature", hmac_sha256_hex("other", "{}")}}) == "signature_mismatch");
  CHECK(code({}) == "missing_signature");
}

TEST_CASE("the example decodes its two kinds of event") {
  auto made = source("example", R"({"secret":"s3cret"})");
  DecodedEvent event = decode_one(*made, "", R"({"type":"ended","call":"c-1","from":"+15550001","seconds":42})");
  CHECK(event.id == "call.ended:c-1");
  CHECK(event.data ==
        R"({"external_ids":{"call_id":"c-1"},"status":"completed","from":"+15550001","duration_secs":42})");
  CHECK(decode_one(*made, "", R"({"type":"ping"})").type == "example.other");
}

TEST_CASE("all providers of the build are loaded and say what they can") {
  std::vector<std::string> found;
  for (const PluginInfo& each : providers().list()) {
    if (each.loaded.refused.empty()) found.push_back(each.loaded.provider);
  }
  CHECK_THAT(found, Catch::VectorContains(std::string("elevenlabs")) && Catch::VectorContains(std::string("twilio")) &&
                        Catch::VectorContains(std::string("example")));
}
