// A plugin that breaks the contract where it reaches out becomes an error that says how, is counted, and sends nothing.
#include <catch2/catch.hpp>

#include "engine/providers/provider.h"
#include "tests/support/isolated.h"

using namespace hookswitch;

namespace {

struct Broken {
  Providers providers;
  std::shared_ptr<Source> source;
  explicit Broken(const std::string& config = R"({"api_base":"https://api.example.com/v1"})") {
    test::isolate_if_asked(providers);
    providers.load_file(std::string(BROKEN_PLUGINS) + "/misbehaves.so");
    source = providers.create_source("s", "broken", config).value();
  }
  Result<HttpRequest> build(std::string_view way) const { return source->build_action({.params = way}); }
  Result<ActionOutcome> parse(std::string_view way) const { return source->parse_action({.params = way}, {}); }
  Result<SyncPage> read(std::string_view way, std::string_view item = "") const {
    return source->read_page({.resource = "calls", .item = item, .filter = way}, {});
  }
  PluginCounters counters() const { return providers.list().front().counters; }
};

struct Breach {
  const char* way;
  const char* how;
};
const Breach kRequests[] = {
    {"throws", "let an exception out: thrown on purpose"},
    {"strange method", "method is none of GET, POST, PUT, PATCH and DELETE"},
    {"no url", "url is no absolute http or https address"},
    {"relative url", "url is no absolute http or https address"},
    {"file url", "url is no absolute http or https address"},
    {"user in url", "url is no absolute http or https address without credentials"},
    {"blank in url", "url has characters that no URL has"},
    {"backslash in url", "url has characters that no URL has"},
    {"backslash in path", "url has characters that no URL has"},
    {"bytes in url", "url has characters that no URL has"},
    {"other host", "url goes to https://evil.example.net, expected https://api.example.com"},
    {"longer host", "url goes to https://api.example.com.evil.net, expected https://api.example.com"},
    {"other port", "url goes to https://api.example.com:8443, expected https://api.example.com"},
    {"other scheme", "url goes to http://api.example.com, expected https://api.example.com"},
    {"two lines", "a header is none"},
    {"body at no address", "body has 3 bytes at no address"},
};
const Breach kOutcomes[] = {
    {"no kind", "the outcome's kind is 0, expected 1 to 5"},
    {"strange kind", "the outcome's kind is 6, expected 1 to 5"},
    {"no code", "an outcome that is not done has no code"},
    {"code of words", "an outcome that is not done has no code"},
    {"negative wait", "retry_after_ms is -1"},
    {"result no JSON", "result does not parse"},
    {"result no object", "result is JSON but no object"},
    {"long reason", "reason has 1025 bytes, expected at most 1024"},
    {"long cursor", "cursor has 4097 bytes, expected at most 4096"},
};
const Breach kPages[] = {
    {"1001 items", "emitted more than 1000 items"},
    {"no id", "an item has no id"},
    {"id not UTF-8", "an item's id is not UTF-8"},
    {"time before 1970", "an item's time_ms is -1"},
    {"body at no address", "an item's body has 4 bytes at no address"},
    {"kind of words", "an item's id_kind has other characters"},
    {"long cursor", "next_cursor has 4097 bytes, expected at most 4096"},
};

template <class T>
void check_breach(const Broken& broken, const Result<T>& result, const Breach& expected, uint64_t count) {
  REQUIRE_FALSE(result);
  CHECK_THAT(result.error().message, Catch::Contains(expected.how) && Catch::Contains("provider broken: "));
  CHECK(result.error().message.find("secret") == std::string::npos);
  CHECK(broken.counters().breaches == count);
}

}  // namespace

TEST_CASE("a request that breaks the contract or goes elsewhere is an error that says how and is counted") {
  Broken broken;
  uint64_t breaches = 0;
  for (const Breach& each : kRequests) {
    check_breach(broken, broken.build(each.way), each, ++breaches);
    check_breach(broken, broken.source->reconcile_action({.params = each.way}, ""), each, ++breaches);
    check_breach(broken, broken.source->build_query({.filter = each.way}), each, ++breaches);
  }
}

TEST_CASE("a header of the connection is none of a plugin's: the other side would believe another host or length") {
  Broken broken;
  for (const std::string name :
       {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "proxy-connection", "proxy-authorization"}) {
    auto request = broken.build("header " + name);
    INFO(name);
    REQUIRE_FALSE(request);
    CHECK_THAT(request.error().message, Catch::Contains("added the header " + name + ", which is the connection's"));
  }
  for (const char* name : {"cookie", "x-host", "accept-encoding"}) {
    CHECK(broken.build("header " + std::string(name)).has_value());
  }
}

TEST_CASE("a request within the contract comes back as it was written") {
  Broken broken;
  HttpRequest request = broken.build("good").value();
  CHECK(request.method == "POST");
  CHECK(request.url == "https://api.example.com/calls");
  CHECK(request.headers == HeaderList{{"authorization", "secret"}});
  CHECK_FALSE(request.harmless);
  CHECK(broken.build("upper case").has_value());
  CHECK(broken.build("all of a url").has_value());
  CHECK(broken.source->action_types() == std::vector<std::string>{"call"});
  CHECK(broken.source->sync_resources() == std::vector<std::string>{"calls"});
}

TEST_CASE("a source without api_base may ask any host, but never by another scheme") {
  Broken broken("{}");
  CHECK(broken.build("other host").has_value());
  CHECK_FALSE(broken.build("file url"));
}

TEST_CASE("an outcome that breaks the contract is an error that says how and is counted") {
  Broken broken;
  uint64_t breaches = 0;
  for (const Breach& each : kOutcomes) {
    check_breach(broken, broken.parse(each.way), each, ++breaches);
    check_breach(broken, broken.source->match_action({.params = each.way}, {}), each, ++breaches);
  }
  CHECK(broken.parse("good").value().code == "no");
  CHECK(broken.parse("endless wait").value().retry_after_ms == 7 * 86'400'000LL);
}

TEST_CASE("the cursor of a look reaches the hook that reads its answer") {
  Broken broken;
  ActionView action{.params = "done"};
  action.cursor = "page 2";
  CHECK(broken.source->match_action(action, {}).value().cursor == "page 2");
}

TEST_CASE("a page that breaks the contract is an error that says how and is counted") {
  Broken broken;
  uint64_t breaches = 0;
  for (const Breach& each : kPages) check_breach(broken, broken.read(each.way), each, ++breaches);
  check_breach(broken, broken.read("two for one", "1"), {"", "emitted 2 items for one, expected 1"}, ++breaches);
  CHECK(broken.read("1000 items").value().items.size() == 1000);
  CHECK(broken.read("good").value().items.front().event_id == "one");
  CHECK(broken.read("older struct").value().items.front().event_id == "");
  CHECK_FALSE(broken.read("fails after emitting"));
}

TEST_CASE("a provider that neither acts nor lists says so") {
  Providers providers;
  providers.load_file(std::string(BROKEN_PLUGINS) + "/plain_c.so");
  auto source = providers.create_source("s", "plain_c", "{}").value();
  CHECK(source->action_types().empty());
  CHECK(source->sync_resources().empty());
  const char* no_action = "provider plain_c has no hookswitch.action/1";
  CHECK_THAT(source->build_action({.type = "call"}).error().message, Catch::Contains(no_action));
  CHECK_THAT(source->parse_action({}, {}).error().message, Catch::Contains(no_action));
  CHECK_THAT(source->reconcile_action({}, "").error().message, Catch::Contains("provider plain_c cannot tell"));
  CHECK_THAT(source->match_action({}, {}).error().message, Catch::Contains("provider plain_c cannot tell"));
  const char* no_sync = "provider plain_c has no hookswitch.sync/1";
  CHECK_THAT(source->build_query({}).error().message, Catch::Contains(no_sync));
  CHECK_THAT(source->read_page({}, {}).error().message, Catch::Contains(no_sync));
}
