// A plugin that breaks the contract in a hook becomes an error that says how, is counted, and does no harm.
#include <catch2/catch.hpp>

#include "engine/providers/provider.h"
#include "tests/support/isolated.h"

using namespace hookswitch;

namespace {

struct Broken {
  Providers providers;
  std::shared_ptr<Source> source;
  Broken() {
    test::isolate_if_asked(providers);
    providers.load_file(std::string(BROKEN_PLUGINS) + "/misbehaves.so");
    source = providers.create_source("s", "broken", "{}").value();
  }
  Result<Verdict> verify(std::string_view way) const {
    DeliveryRequest request;
    request.kind = way;
    request.query = "challenge=1";
    return source->verify(request);
  }
  Result<std::vector<DecodedEvent>> decode(std::string_view way) const {
    DecodeInput input;
    input.kind = way;
    return source->decode(input);
  }
  PluginCounters counters() const { return providers.list().front().counters; }
};

struct Breach {
  const char* way;
  const char* how;
};
const Breach kVerify[] = {
    {"throws", "let an exception out: thrown on purpose"},
    {"throws an int", "let an exception out"},
    {"bad kind", "the verdict's kind is 7, expected 1 to 3"},
    {"bad status", "returned the status 99"},
    {"refuses without code", "a refusal has no code"},
    {"refuses with 200", "a refusal has the status 200, expected 400 to 499"},
    {"long key", "key has 513 bytes, expected at most 512"},
    {"key at no address", "key has 5 bytes at no address"},
};
const Breach kDecode[] = {
    {"throws", "let an exception out: thrown on purpose"},
    {"undeclared type", "the event type \"call.made_up\" was not declared"},
    {"no id", "an event has no id"},
    {"long id", "id has 513 bytes, expected at most 512"},
    {"id not UTF-8", "id, type or subject is not UTF-8"},
    {"data no JSON", "data does not parse"},
    {"data no object", "data is JSON but no object"},
    {"time before 1970", "time_ms is -1"},
    {"65 events", "emitted more than 64 events"},
};

}  // namespace

TEST_CASE("a broken verdict is an error that says how and is counted") {
  Broken broken;
  uint64_t breaches = 0;
  for (const Breach& each : kVerify) {
    auto verdict = broken.verify(each.way);
    REQUIRE_FALSE(verdict);
    CHECK_THAT(verdict.error().message, Catch::Contains(each.how) && Catch::Contains("provider broken: verify"));
    CHECK(broken.counters().breaches == ++breaches);
  }
  CHECK(broken.counters().errors == 0);
}

TEST_CASE("a broken event is an error that says how and is counted") {
  Broken broken;
  uint64_t breaches = 0;
  for (const Breach& each : kDecode) {
    auto events = broken.decode(each.way);
    REQUIRE_FALSE(events);
    CHECK_THAT(events.error().message, Catch::Contains(each.how) && Catch::Contains("provider broken: decode"));
    CHECK(broken.counters().breaches == ++breaches);
  }
}

TEST_CASE("what is within the contract's limits is taken") {
  Broken broken;
  CHECK(broken.decode("longest id").value().front().id.size() == 512);
  CHECK(broken.decode("64 events").value().size() == 64);
  CHECK(broken.decode("own type").value().front().type == "broken.made_up");
  CHECK(broken.decode("").value().front().wants_reply);
  CHECK(broken.counters().breaches == 0);
  CHECK(broken.counters().calls == 5);  // create, and these
}

TEST_CASE("a member beyond the size an older plugin filled is not read") {
  Broken broken;
  auto events = broken.decode("older struct");
  REQUIRE(events);
  CHECK_FALSE(events->front().wants_reply);
}

TEST_CASE("a plugin's own error is passed on with its words and is no breach") {
  Broken broken;
  auto verdict = broken.verify("says why");
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().code == Code::invalid);
  CHECK(verdict.error().message == "provider broken: verify: read the body: found a hat, expected a rabbit");
  CHECK_THAT(broken.verify("silent error").error().message, Catch::Contains("failed without saying why"));
  CHECK_FALSE(broken.decode("fails after emitting"));
  CHECK(broken.counters().errors == 3);
  CHECK(broken.counters().breaches == 0);
}

TEST_CASE("a plugin that fills its arena gets no more and is refused") {
  Broken broken;
  auto verdict = broken.verify("fills the arena");
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().code == Code::too_large);
  CHECK(broken.verify("").has_value());
}

TEST_CASE("an answer to a challenge comes back as it was made") {
  Broken broken;
  auto verdict = broken.verify("answers").value();
  CHECK(verdict.kind == Verdict::Kind::answer);
  CHECK(verdict.status == 200);
  CHECK(verdict.content_type == "text/plain");
  CHECK(verdict.body == "challenge=1");
}

TEST_CASE("a broken reply is an error, and a broken default falls back to plain JSON") {
  Broken broken;
  DecodedEvent event;
  event.type = "bad status";
  CHECK_FALSE(broken.source->render(event, "{}"));
  event.type = "good";
  CHECK(broken.source->render(event, "{}").value().status == 200);
  RenderedReply reply = broken.source->default_reply({});
  CHECK(reply.status == 200);
  CHECK(reply.content_type == "application/json");
}

TEST_CASE("a broken signature is an error that says how and is counted") {
  Broken broken;
  const Breach ways[] = {{"101 headers", "added 101 headers, expected at most 100"},
                         {"headers at no address", "added headers at no address"},
                         {"two lines", "expected a name of a-z, 0-9, - and _ and a value of one line"},
                         {"upper case", "a header is none"},
                         {"other host", "added the header host, which is the connection's"},
                         {"value at no address", "a header's value has 3 bytes at no address"},
                         {"blank in query", "query has characters that need to be escaped"}};
  uint64_t breaches = 0;
  DeliveryRequest request;
  for (const Breach& each : ways) {
    request.kind = each.way;
    auto made = broken.source->sign(request);
    REQUIRE_FALSE(made);
    CHECK_THAT(made.error().message, Catch::Contains(each.how) && Catch::Contains("provider broken: sign"));
    CHECK(broken.counters().breaches == ++breaches);
  }
  request.kind = "100 headers";
  CHECK(broken.source->sign(request).value().headers.size() == 100);
}

TEST_CASE("a made-up call that breaks the contract is an error that says how and is counted") {
  Broken broken;
  const Breach ways[] = {{"65 deliveries", "emitted more than 64 deliveries"},
                         {"kind with a slash", "kind has characters that do not belong in a path"},
                         {"headers at no address", "added headers at no address"},
                         {"two lines", "a header is none"},
                         {"other length", "added the header content-length, which is the connection's"},
                         {"body at no address", "body has 4 bytes at no address"},
                         {"time before 1970", "time_ms is -1"}};
  uint64_t breaches = 0;
  for (const Breach& each : ways) {
    auto played = broken.source->play(each.way);
    REQUIRE_FALSE(played);
    CHECK_THAT(played.error().message, Catch::Contains(each.how) && Catch::Contains("provider broken: play"));
    CHECK(broken.counters().breaches == ++breaches);
  }
  CHECK(broken.source->play("64 deliveries").value().size() == 64);
  CHECK(broken.source->play("good").value().front().headers == HeaderList{{"content-type", "text/plain"}});
  CHECK_FALSE(broken.source->play("fails after emitting"));
}

TEST_CASE("a configuration that the plugin refuses is an error that names the source") {
  Broken broken;
  auto source = broken.providers.create_source("main line", "broken", "refuse");
  REQUIRE_FALSE(source);
  CHECK(source.error().message ==
        "configure source main line: provider broken: create: secret: found none, expected one");
}

TEST_CASE("a plugin in plain C verifies and decodes") {
  Providers providers;
  providers.load_file(std::string(BROKEN_PLUGINS) + "/plain_c.so");
  auto source = providers.create_source("s", "plain_c", "{}").value();
  DeliveryRequest request;
  request.body = "let me in";
  CHECK(source->verify(request).value().kind == Verdict::Kind::accept);
  request.body = "hello";
  CHECK(source->verify(request).value().code == "not_asked");
  CHECK_FALSE(source->can_stream());
  CHECK_FALSE(source->can_sign());
  CHECK_FALSE(source->can_play());
  CHECK_THAT(source->play("{}").error().message, Catch::Contains("provider plain_c has no hookswitch.simulate/1"));
  CHECK_THAT(source->sign(request).error().message, Catch::Contains("provider plain_c has no hookswitch.sign/1"));
  DecodeInput input;
  input.body = "event-1";
  CHECK(source->decode(input).value().front().id == "event-1");
}
