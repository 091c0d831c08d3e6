#include <catch2/catch.hpp>

#include <thread>

#include "tests/unit/http/client.h"
#include "tests/unit/http/test_server.h"

namespace hookswitch::test {
namespace {

constexpr std::string_view kGet = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

TEST_CASE("a kept-alive connection answers one request after another") {
  TestServer server;
  server.start();
  Client client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == "POST /x hello");
    CHECK(answer->headers["content-length"] == "13");
    CHECK(answer->headers["date"].ends_with(" GMT"));
    CHECK_FALSE(answer->headers.contains("connection"));
  }
  CHECK(server->stats().connections == 1);
  CHECK(server->stats().requests == 3);
}

TEST_CASE("pipelined requests are answered in their order though answered in another") {
  TestServer server;
  std::mutex mutex;
  std::vector<std::shared_ptr<Exchange>> waiting;
  server.handler.on("/hold", [&](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    std::lock_guard lock(mutex);
    waiting.push_back(std::move(exchange));
  });
  server.start();
  Client client(server.port());
  client.send(get("/hold") + get("/hold") + get("/now"));
  REQUIRE(eventually([&] { return server.handler.completed == 3; }));
  CHECK(client.buffer().empty());
  waiting[1]->respond({200, {}, "second"});
  waiting[0]->respond({200, {}, "first"});
  CHECK(client.answer()->body == "first");
  CHECK(client.answer()->body == "second");
  CHECK(client.answer()->body == "GET /now ");
}

TEST_CASE("an exchange knows when its client has closed, or ended its sending, and others do not") {
  TestServer server;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Exchange>> waiting;
  server.handler.on("/hold", [&](Request&& request, std::string, std::shared_ptr<Exchange> exchange) {
    std::lock_guard lock(mutex);
    waiting[std::string(request.query())] = std::move(exchange);
  });
  server.start();
  Client stays(server.port()), closes(server.port()), ends(server.port());
  stays.send(get("/hold?stays"));
  closes.send(get("/hold?closes"));
  ends.send(get("/hold?ends"));
  REQUIRE(eventually([&] { return server.handler.completed == 3; }));
  CHECK_FALSE(waiting["closes"]->gone());
  closes.close();
  ends.finish_sending();
  CHECK(eventually([&] { return waiting["closes"]->gone() && waiting["ends"]->gone(); }));
  CHECK_FALSE(waiting["stays"]->gone());
  waiting["ends"]->respond({200, {}, "still read"});
  CHECK(ends.answer()->body == "still read");
}

TEST_CASE("no more requests are read than may be outstanding, and reading goes on when one is answered") {
  ServerOptions options;
  options.pipelined_max = 3;
  TestServer server(options);
  std::mutex mutex;
  std::vector<std::shared_ptr<Exchange>> waiting;
  server.handler.on("/hold", [&](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    std::lock_guard lock(mutex);
    waiting.push_back(std::move(exchange));
  });
  server.start();
  Client client(server.port());
  for (int i = 0; i < 5; ++i) client.send(get("/hold"));
  REQUIRE(eventually([&] { return server.handler.completed == 3; }));
  CHECK_FALSE(eventually([&] { return server.handler.requests > 3; }, 50));
  for (size_t i = 0; i < 5; ++i) {
    REQUIRE(eventually([&] { return server.handler.completed > static_cast<int>(i); }));
    std::shared_ptr<Exchange> next;
    {
      std::lock_guard lock(mutex);
      next = waiting[i];
    }
    next->respond({200, {}, std::to_string(i)});
    CHECK(client.answer()->body == std::to_string(i));
  }
}

TEST_CASE("HEAD learns the length and gets no body") {
  TestServer server;
  server.start();
  Client client(server.port());
  client.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n");
  auto answer = client.answer(true);
  REQUIRE(answer);
  CHECK(answer->headers["content-length"] == "8");
  client.send(kGet);
  CHECK(client.answer()->body == "GET /a?b=c ");
}

TEST_CASE("HTTP/1.0 is answered and closed, or kept when it asks") {
  TestServer server;
  server.start();
  Client once(server.port());
  once.send("GET / HTTP/1.0\r\n\r\n");
  CHECK(once.answer()->headers["connection"] == "close");
  CHECK(once.closed());
  Client kept(server.port());
  for (int i = 0; i < 2; ++i) {
    kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    auto answer = kept.answer();
    REQUIRE(answer);
    CHECK(answer->headers["connection"] == "keep-alive");
  }
}

TEST_CASE("Connection: close is honoured behind the answer") {
  TestServer server;
  server.start();
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(client.answer()->headers["connection"] == "close");
  CHECK(client.closed());
}

TEST_CASE("a client that has finished sending still gets its answers") {
  TestServer server;
  server.start();
  Client client(server.port());
  client.send(get("/1") + get("/2"));
  client.finish_sending();
  CHECK(client.answer()->body == "GET /1 ");
  CHECK(client.answer()->body == "GET /2 ");
  CHECK(client.closed());
}

TEST_CASE("a request can be answered from another thread") {
  TestServer server;
  std::vector<std::jthread> threads;
  server.handler.on("/later", [&](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    threads.emplace_back([exchange] { exchange->respond({202, {}, "later"}); });
  });
  server.start();
  Client client(server.port());
  client.send(get("/later"));
  CHECK(client.answer()->status == 202);
  threads.clear();
}

TEST_CASE("a second answer is ignored and counted, a dropped exchange is answered 500 and counted") {
  TestServer server;
  server.handler.on("/twice", [](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    exchange->respond({200, {}, "one"});
    exchange->respond({200, {}, "two"});
    CHECK_FALSE(exchange->start_stream({}, "")->write("three"));
  });
  server.handler.on("/never", [](Request&&, std::string, std::shared_ptr<Exchange>) {});
  server.start();
  Client client(server.port());
  client.send(get("/twice") + get("/never"));
  CHECK(client.answer()->body == "one");
  CHECK(client.answer()->status == 500);
  CHECK(server.refused("answered_twice") == 2);
  CHECK(server.refused("unanswered") == 1);
}

TEST_CASE("an answer to a client that has gone is swallowed") {
  TestServer server;
  std::mutex mutex;
  std::shared_ptr<Exchange> held;
  server.handler.on("/hold", [&](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    std::lock_guard lock(mutex);
    held = std::move(exchange);
  });
  server.start();
  {
    Client client(server.port());
    client.send(get("/hold"));
    REQUIRE(eventually([&] { return server.handler.completed == 1; }));
  }
  held->respond({200, {}, "nobody"});
  CHECK(eventually([&] { return server->stats().open_connections == 0; }));
  server.stop();
  held.reset();
}

TEST_CASE("an exception of the handler is answered 503, counted, and hurts nobody else") {
  TestServer server;
  server.handler.at_head("/throw", [](Request&&, std::shared_ptr<Exchange>) -> std::unique_ptr<Receiver> {
    throw std::runtime_error("at the headers");
  });
  server.handler.on("/throw_late", [](Request&&, std::string, std::shared_ptr<Exchange>) { throw 1; });
  server.start();
  Client other(server.port());
  for (const char* path : {"/throw", "/throw_late"}) {
    Client client(server.port());
    client.send(get(path));
    CHECK(client.answer()->status == 503);
    CHECK(client.closed());
  }
  CHECK(server.refused("exception") == 2);
  other.send(kGet);
  CHECK(other.answer()->status == 200);
}

TEST_CASE("what a handler puts into headers cannot end them") {
  TestServer server;
  server.handler.on("/x", [](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    exchange->respond({200, {{"X-A", "1\r\nX-B: 2"}, {"bad name", "x"}, {"content-length", "9"}}, "ok"});
  });
  server.start();
  Client client(server.port());
  client.send(get("/x"));
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->headers["x-a"] == "1  X-B: 2");
  CHECK_FALSE(answer->headers.contains("x-b"));
  CHECK(answer->headers["content-length"] == "2");
}

TEST_CASE("an answer without a body has no length") {
  TestServer server;
  server.handler.on("/none", [](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    exchange->respond({204, {}, "not sent"});
  });
  server.start();
  Client client(server.port());
  client.send(get("/none") + get("/a"));
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK_FALSE(answer->headers.contains("content-length"));
  CHECK(client.answer()->body == "GET /a ");
}

TEST_CASE("several loops share one port") {
  ServerOptions options;
  options.threads = 3;
  TestServer server(options);
  server.start();
  for (int i = 0; i < 30; ++i) CHECK(status_of(server.port(), kGet) == 200);
  CHECK(server->stats().requests == 30);
}

TEST_CASE("a port that is taken, and an address that is none, are errors") {
  TestServer server;
  server.start();
  SystemClock clock;
  TestHandler handler;
  ServerOptions again;
  again.listeners = {{"127.0.0.1:" + std::to_string(server.port()), false, "", ""}};
  CHECK(Server::start(again, handler, clock).error().code == Code::conflict);
  for (const char* address : {"localhost:80", "127.0.0.1", "127.0.0.1:99999", "[::1:80", "127.0.0.1:8x", ""}) {
    again.listeners[0].address = address;
    CHECK(Server::start(again, handler, clock).error().code == Code::invalid);
  }
}

TEST_CASE("a posted task runs on the loop's thread") {
  TestServer server;
  server.start();
  std::atomic<bool> ran{false};
  server->post(0, [&] { ran = std::this_thread::get_id() != std::thread::id(); });
  server->post(0, [] { throw 1; });
  CHECK(eventually([&] { return ran.load() && server.refused("exception") == 1; }));
}

}  // namespace
}  // namespace hookswitch::test
