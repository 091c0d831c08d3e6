#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>

#include "engine/outbox/http_client.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"

namespace hookswitch {
namespace {

using test::http_answer;
using test::RawServer;

std::unique_ptr<HttpClient> client(HttpClientOptions options = {}) {
  auto made = HttpClient::start(std::move(options));
  REQUIRE(made);
  return std::move(*made);
}

HttpAsk get(const std::string& url) {
  return {.request = {.method = "GET", .url = url, .harmless = true}, .base_url = url};
}

HttpAsk post(const std::string& url, const std::string& body) {
  return {.request = {.method = "POST", .url = url, .headers = {{"content-type", "application/json"}}, .body = body},
          .base_url = url};
}

RawServer answering(const std::string& bytes) {
  return RawServer([bytes](const std::string&, size_t) { return RawServer::Reply{bytes}; });
}

}  // namespace

TEST_CASE("an answer comes back with status, headers in lower case and body") {
  auto server = answering(http_answer(201, R"({"sid":"CA1"})", "Retry-After: 7\r\nX-Twice: a\r\nX-Twice: b\r\n"));
  auto result = client()->send_and_wait(post(server.url("/Calls.json?x=1"), R"({"to":"+1"})"));
  REQUIRE(result);
  CHECK(result->status == 201);
  CHECK(result->body == R"({"sid":"CA1"})");
  CHECK(std::ranges::count(result->headers, std::pair<std::string, std::string>("retry-after", "7")) == 1);
  CHECK(std::ranges::count_if(result->headers, [](const auto& header) { return header.first == "x-twice"; }) == 2);
  const std::string sent = server.requests().at(0);
  CHECK(sent.starts_with("POST /Calls.json?x=1 HTTP/1.1\r\n"));
  CHECK(sent.find("content-type: application/json\r\n") != std::string::npos);
  CHECK(sent.find("urlencoded") == std::string::npos);
  CHECK(sent.find("Expect") == std::string::npos);
  CHECK(sent.ends_with("\r\n\r\n{\"to\":\"+1\"}"));
}

TEST_CASE("what may not be sent fails at once, not sent") {
  auto server = answering(http_answer(200, ""));
  auto result = client({.may_send = [] { return false; }})->send_and_wait(post(server.url("/"), "x"));
  REQUIRE_FALSE(result);
  CHECK(result.error().sent == Sent::no);
  CHECK(server.requests().empty());
}

TEST_CASE("what was certainly not sent is told apart from what may have been heard") {
  auto http = client({.connect_timeout_ms = 500});
  SECTION("nobody listens") {
    auto result = http->send_and_wait(post("http://127.0.0.1:1/", "x"));
    REQUIRE_FALSE(result);
    CHECK(result.error().sent == Sent::no);
  }
  SECTION("the name does not resolve") {
    auto result = http->send_and_wait(post("http://nowhere.invalid/", "x"));
    REQUIRE_FALSE(result);
    CHECK(result.error().sent == Sent::no);
  }
  SECTION("the other side speaks no TLS") {
    auto server = answering(http_answer(200, ""));
    std::string url = server.url("/");
    auto result = http->send_and_wait(post("https" + url.substr(4), "x"));
    REQUIRE_FALSE(result);
    CHECK(result.error().sent == Sent::no);
  }
  SECTION("the connection is cut after the request") {
    auto server = answering("");
    auto result = http->send_and_wait(post(server.url("/"), "x"));
    REQUIRE_FALSE(result);
    CHECK(result.error().sent == Sent::maybe);
  }
  SECTION("no answer comes in time") {
    RawServer server([](const std::string&, size_t) { return RawServer::Reply{"", false, 600}; });
    HttpAsk ask = post(server.url("/"), "x");
    ask.timeout_ms = 100;
    auto result = http->send_and_wait(std::move(ask));
    REQUIRE_FALSE(result);
    CHECK(result.error().sent == Sent::maybe);
  }
  SECTION("the answer breaks off") {
    auto server = answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
    auto result = http->send_and_wait(post(server.url("/"), "x"));
    REQUIRE_FALSE(result);
    CHECK(result.error().sent == Sent::maybe);
  }
}

TEST_CASE("a request that is not harmless is sent once, also when a kept connection turns out dead") {
  // The first answer keeps its connection; whatever comes on it next is swallowed and the connection closed.
  std::atomic<int> placed{0};
  RawServer server([&](const std::string& request, size_t) -> RawServer::Reply {
    if (request.starts_with("GET")) return {http_answer(200, "listed"), true};
    ++placed;
    return {""};
  });
  auto http = client();
  REQUIRE(http->send_and_wait(get(server.url("/list"))));
  auto result = http->send_and_wait(post(server.url("/Calls.json"), "x"));
  REQUIRE_FALSE(result);
  CHECK(result.error().sent == Sent::maybe);
  CHECK(placed == 1);
}

TEST_CASE("an answer beyond its bound is given up") {
  auto server = answering(http_answer(200, std::string(1001, 'x')));
  HttpAsk ask = get(server.url("/"));
  ask.answer_bytes_max = 1001;
  auto http = client();
  CHECK(http->send_and_wait(ask)->body.size() == 1001);
  ask.answer_bytes_max = 1000;
  auto result = http->send_and_wait(ask);
  REQUIRE_FALSE(result);
  CHECK(result.error().error.find("larger than 1000 bytes") != std::string::npos);
  CHECK(result.error().sent == Sent::maybe);
}

TEST_CASE("headers beyond their bound are given up") {
  auto server = answering("HTTP/1.1 200 OK\r\nX: " + std::string(limits::kOutboundHeaderBytes, 'x') + "\r\n\r\n");
  auto result = client()->send_and_wait(get(server.url("/")));
  REQUIRE_FALSE(result);
  CHECK(result.error().error.find("headers are larger") != std::string::npos);
}

TEST_CASE("a private address is refused unless the source's base URL is of that origin") {
  auto server = answering(http_answer(200, "inside"));
  auto http = client();
  HttpAsk ask = get(server.url("/"));
  CHECK(http->send_and_wait(ask)->body == "inside");
  for (const std::string& base :
       {std::string(), std::string("https://api.example.com"), std::string("http://127.0.0.1:1")}) {
    INFO("base " << base);
    ask.base_url = base;
    auto result = http->send_and_wait(ask);
    REQUIRE_FALSE(result);
    CHECK(result.error().sent == Sent::no);
    CHECK(result.error().error.find("private network") != std::string::npos);
    CHECK_FALSE(result.error().redirect_refused);
  }
  CHECK(server.requests().size() == 1);
}

TEST_CASE("redirects are answers, unless a GET asks for them, and lose credentials elsewhere") {
  auto other = answering(http_answer(200, "audio"));
  std::string there = other.url("/media");
  auto here = answering(http_answer(302, "", "Location: /second\r\n"));
  auto http = client();
  HttpAsk ask = get(here.url("/first"));
  ask.request.headers = {{"authorization", "Basic c2VjcmV0"}, {"accept", "audio/mpeg"}};
  CHECK(http->send_and_wait(ask)->status == 302);
  CHECK(here.requests().size() == 1);

  ask.redirects = 2;
  CHECK(http->send_and_wait(ask)->status == 302);  // the third would be one too many
  CHECK(here.requests().size() == 4);
  CHECK(here.requests().back().find("Basic c2VjcmV0") != std::string::npos);

  auto away = answering(http_answer(302, "", "Location: " + there + "\r\n"));
  ask.request.url = ask.base_url = away.url("/");
  auto refused = http->send_and_wait(ask);  // to a private address that is not the base
  REQUIRE_FALSE(refused);
  CHECK(refused.error().error.find("private network") != std::string::npos);
  CHECK(refused.error().redirect_refused);
  CHECK(other.requests().empty());
}

TEST_CASE("a streamed answer goes to its taker, but an error's body does not") {
  std::string audio(300'000, 'a');
  RawServer server([&](const std::string& request, size_t) -> RawServer::Reply {
    return {request.starts_with("GET /audio") ? http_answer(200, audio) : http_answer(404, "no such")};
  });
  auto http = client();
  std::string taken;
  HttpAsk ask = get(server.url("/audio"));
  ask.answer_bytes_max = 100;
  ask.on_body = [&](std::string_view piece) { return taken.append(piece), true; };
  auto result = http->send_and_wait(ask);
  REQUIRE(result);
  CHECK(taken == audio);
  CHECK(result->body.empty());

  taken.clear();
  ask.request.url = ask.base_url = server.url("/gone");
  CHECK(http->send_and_wait(ask)->body == "no such");
  CHECK(taken.empty());

  ask.request.url = ask.base_url = server.url("/audio");
  ask.on_body = [](std::string_view) { return false; };
  CHECK_FALSE(http->send_and_wait(ask));
}

TEST_CASE("a streamed answer that takes longer than all of it may is given up, redirects included") {
  RawServer server([&](const std::string& request, size_t) -> RawServer::Reply {
    if (request.starts_with("GET /first")) return {http_answer(302, "", "Location: /audio\r\n"), false, 300};
    return {http_answer(200, "audio"), false, 300};
  });
  auto http = client();
  HttpAsk ask = get(server.url("/audio"));
  ask.redirects = 1;
  ask.on_body = [](std::string_view) { return true; };
  auto given_up = [&](const std::string& path, int64_t longest_ms) {
    ask.request.url = server.url(path);
    ask.longest_ms = longest_ms;
    return !http->send_and_wait(ask);
  };
  CHECK_FALSE(given_up("/first", 60'000));
  CHECK(given_up("/audio", 100));
  CHECK(given_up("/first", 500));
}

TEST_CASE("an error tells the place and no secret") {
  HttpAsk ask = post("http://user:hunter2@127.0.0.1:1/Calls.json?token=hunter2", "hunter2");
  ask.request.headers.emplace_back("xi-api-key", "hunter2");
  auto result = client()->send_and_wait(ask);
  REQUIRE_FALSE(result);
  CHECK(result.error().error.find("POST http://127.0.0.1:1/Calls.json") != std::string::npos);
  CHECK(result.error().error.find("hunter2") == std::string::npos);
}

TEST_CASE("a header that would make another header is never sent") {
  auto server = answering(http_answer(200, ""));
  for (const auto& [name, value] :
       HeaderList{{"a", "b\r\nc: d"}, {"a\n", "b"}, {"a:", "b"}, {"a", std::string("b\0c", 3)}}) {
    HttpAsk ask = get(server.url("/"));
    ask.request.headers = {{name, value}};
    auto result = client()->send_and_wait(ask);
    REQUIRE_FALSE(result);
    CHECK(result.error().sent == Sent::no);
  }
  CHECK(server.requests().empty());
}

TEST_CASE("stopping the client ends every request with a word") {
  RawServer server([](const std::string&, size_t) { return RawServer::Reply{"", false, 500}; });
  std::atomic<int> heard{0}, maybe{0};
  {
    auto http = client();
    for (int i = 0; i < 5; ++i) {
      http->send(post(server.url("/"), "x"), [&](HttpResult result) {
        ++heard;
        if (!result && result.error().sent == Sent::maybe) ++maybe;
      });
    }
    REQUIRE(test::eventually([&] { return server.requests().size() == 5; }));
    CHECK(http->under_way() == 5);
  }
  CHECK(heard == 5);
  CHECK(maybe == 5);
}

TEST_CASE("proxies of the environment are not used, configured ones are") {
  auto proxy = answering(http_answer(200, "from the proxy"));
  auto server = answering(http_answer(200, "direct"));
  ::setenv("http_proxy", proxy.url("").c_str(), 1);
  auto direct = client()->send_and_wait(get(server.url("/")));
  ::unsetenv("http_proxy");
  CHECK(direct->body == "direct");
  auto through = client({.proxy = proxy.url("")})->send_and_wait(get("http://api.example.com/v1"));
  REQUIRE(through);
  CHECK(through->body == "from the proxy");
  CHECK(proxy.requests().at(0).starts_with("GET http://api.example.com/v1 "));
}

}  // namespace hookswitch
