#include "engine/ingest/routes.h"

#include <catch2/catch.hpp>

using hookswitch::Routes;

TEST_CASE("a path under /hooks/ names the source and the kind") {
  Routes routes;
  struct Case {
    const char *path, *source, *kind;
  };
  for (const Case& each : {Case{"/hooks/twilio", "twilio", ""}, Case{"/hooks/twilio/", "twilio", ""},
                           Case{"/hooks/twilio/voice", "twilio", "voice"}, Case{"/hooks/twilio/a/b", "twilio", "a/b"},
                           Case{"/hooks/", "", ""}, Case{"/hooks//voice", "", "voice"}}) {
    INFO(each.path);
    auto route = routes.find(each.path);
    REQUIRE(route);
    CHECK(route->source == each.source);
    CHECK(route->kind == each.kind);
  }
  for (const char* other : {"/hooks", "/", "", "/Hooks/twilio", "/api/hooks/twilio"}) CHECK_FALSE(routes.find(other));
}

TEST_CASE("an extra path is taken exactly, and cannot take a path under /hooks/ from its source") {
  Routes routes;
  routes.add("/old/webhook", {"elevenlabs", "flat"});
  routes.add("/hooks/twilio", {"elevenlabs", ""});
  REQUIRE(routes.find("/old/webhook")->source == "elevenlabs");
  REQUIRE(routes.find("/old/webhook")->kind == "flat");
  REQUIRE_FALSE(routes.find("/old/webhook/"));
  REQUIRE_FALSE(routes.find("/old/Webhook"));
  REQUIRE(routes.find("/hooks/twilio")->source == "twilio");
}
