// Stopping gracefully: what is under way is finished, what is idle is closed, and nothing new is taken.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <mutex>
#include <optional>
#include <thread>

#include "engine/http/acceptor.h"
#include "engine/http/address.h"
#include "tests/unit/http/client.h"
#include "tests/unit/http/test_server.h"

namespace hookswitch::test {
namespace {

constexpr std::string_view kHold = "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n";

/// A server whose /hold is answered by the test.
struct HoldingServer : TestServer {
  HoldingServer() {
    handler.on("/hold", [this](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
      std::lock_guard lock(mutex);
      held.push_back(std::move(exchange));
    });
    start();
  }
  size_t waiting() {
    std::lock_guard lock(mutex);
    return held.size();
  }
  std::mutex mutex;
  std::vector<std::shared_ptr<Exchange>> held;
};

TEST_CASE("draining finishes what is under way and closes what is idle") {
  HoldingServer server;
  Client idle(server.port()), busy(server.port()), sending(server.port());
  idle.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(idle.answer());
  busy.send(std::string(kHold) + std::string(kHold));
  sending.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
  REQUIRE(eventually([&] { return server.waiting() == 2 && server.handler.requests == 4; }));
  CHECK_FALSE(server->drain(50));
  CHECK(idle.closed());
  CHECK_FALSE(Client(server.port()).connected());
  sending.send("llo");
  auto sent = sending.answer();
  REQUIRE(sent);
  CHECK(sent->body == "POST /x hello");
  CHECK(sent->headers["connection"] == "close");
  for (auto& exchange : server.held) exchange->respond({200, {}, "done"});
  auto first = busy.answer(), last = busy.answer();
  REQUIRE(last);
  CHECK_FALSE(first->headers.contains("connection"));
  CHECK(last->headers["connection"] == "close");
  CHECK(busy.closed());
  busy.close();
  sending.close();
  CHECK(server->drain(5000));
  CHECK(server->stats().open_connections == 0);
}

TEST_CASE("draining ends streams properly") {
  TestServer server;
  std::shared_ptr<Stream> stream;
  std::atomic<bool> opened{false}, closed{false};
  server.handler.on("/events", [&](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    stream = exchange->start_stream({}, "");
    stream->on_closed([&] { closed = true; });
    stream->write("one");
    opened = true;
  });
  server.start();
  Client client(server.port());
  client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(eventually([&] { return opened.load(); }));
  CHECK_FALSE(server->drain(0));
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "one");
  CHECK(client.closed());
  client.close();
  CHECK(server->drain(5000));
  CHECK(closed);
}

TEST_CASE("connections that wait when accepting stops are still served") {
  TestServer server;
  server.start();
  // The loop is kept busy while clients connect and send, so that they wait in the backlog.
  std::atomic<bool> held{false}, go{false};
  server->post(0, [&] {
    held = true;
    eventually([&] { return go.load(); });
  });
  REQUIRE(eventually([&] { return held.load(); }));
  Client client(server.port());
  REQUIRE(client.connected());
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  server->stop_accepting();
  go = true;
  CHECK(client.answer()->body == "GET /a ");
  CHECK(eventually([&] { return !Client(server.port()).connected(); }));
}

TEST_CASE("a request that has arrived when draining begins is still answered") {
  TestServer server;
  server.start();
  Client client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(client.answer());
  std::atomic<bool> held{false}, go{false};
  server->post(0, [&] {
    held = true;
    eventually([&] { return go.load(); });
  });
  REQUIRE(eventually([&] { return held.load(); }));
  client.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_FALSE(server->drain(0));
  go = true;
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "GET /b ");
  CHECK(answer->headers["connection"] == "close");
}

TEST_CASE("a connection that has sent nothing when draining begins is still answered") {
  TestServer server;
  server.options.unused_drain_ms = 60'000;
  server.start();
  Client client(server.port());
  REQUIRE(eventually([&] { return server->stats().open_connections == 1; }));
  CHECK_FALSE(server->drain(0));
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "GET /a ");
  CHECK(answer->headers["connection"] == "close");
  client.close();
  CHECK(server->drain(5000));
}

TEST_CASE("a connection that goes on sending nothing is closed soon after draining began") {
  TestServer server;
  server.options.unused_drain_ms = 1;
  server.options.tick_ms = 10;
  server.start();
  Client client(server.port());
  REQUIRE(eventually([&] { return server->stats().open_connections == 1; }));
  CHECK(server->drain(5000));
  CHECK(client.closed());
}

TEST_CASE("a request whose rest does not come before a server has to end is answered with 503") {
  TestServer server;
  server.options.request_drain_ms = 1;
  server.options.tick_ms = 10;
  server.start();
  Client client(server.port());
  client.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
  REQUIRE(eventually([&] { return server.handler.requests == 1; }));
  CHECK_FALSE(server->drain(0));
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->headers.contains("retry-after"));
  CHECK(server.handler.aborted == 1);
  CHECK(server.refused("stopping") == 1);
  client.close();
  CHECK(server->drain(5000));
}

TEST_CASE("those who wait on an inherited socket are left for who listens next") {
  auto address = parse_address("127.0.0.1:0");
  auto socket = open_listener(*address);
  REQUIRE(socket);
  REQUIRE(getsockname(socket->fd(), address->get(), &address->size) == 0);
  TestServer server;
  server.options.listeners = {{.address = "127.0.0.1:0", .inherited_fd = dup(socket->fd())}};
  server.start();
  // Both letters are waiting when the loop takes them, so that no turn of the listening socket comes between.
  std::atomic<bool> held{false}, go{false};
  server->post(0, [&] {
    held = true;
    eventually([&] { return go.load(); });
  });
  REQUIRE(eventually([&] { return held.load(); }));
  std::optional<Client> client;
  server->post(0, [&] { client.emplace(address->port()); });
  server->stop_accepting();
  go = true;
  REQUIRE(server->drain(5000));
  REQUIRE(client->connected());
  CHECK(server->stats().connections == 0);
  CHECK(Socket(accept(socket->fd(), nullptr, nullptr)));
}

TEST_CASE("a server that ends cuts what is open and aborts what is unfinished") {
  HoldingServer server;
  Client holding(server.port()), sending(server.port());
  holding.send(kHold);
  sending.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
  REQUIRE(eventually([&] { return server.waiting() == 1 && server.handler.requests == 2; }));
  server.stop();
  CHECK(server.handler.aborted == 1);
  CHECK(holding.closed());
  CHECK(sending.closed());
  server.held[0]->respond({200, {}, "nobody"});
}

TEST_CASE("answers of many threads to many connections all arrive") {
  HoldingServer server;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    clients.back()->send(std::string(kHold) + std::string(kHold));
  }
  REQUIRE(eventually([&] { return server.waiting() == 100; }));
  {
    std::vector<std::jthread> threads;
    for (size_t part = 0; part < 4; ++part) {
      threads.emplace_back([&server, part] {
        for (size_t i = part; i < 100; i += 4) server.held[i]->respond({200, {}, "done"});
      });
    }
  }
  for (auto& client : clients) {
    CHECK(client->answer()->body == "done");
    CHECK(client->answer()->body == "done");
  }
}

}  // namespace
}  // namespace hookswitch::test
