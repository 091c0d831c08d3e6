// Slow clients are told so and cut; quiet ones are closed.
#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

#include "tests/unit/http/client.h"
#include "tests/unit/http/test_server.h"

namespace hookswitch::test {
namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

// Sends one byte every few milliseconds until the server has answered or `max_ms` are over.
void trickle(Client& client, std::string_view byte, int64_t max_ms) {
  eventually(
      [&] {
        client.send(byte);
        return client.wait_for("\r\n\r\n", 5);
      },
      max_ms);
}

TEST_CASE("headers that are not complete in time are answered 408, however busily they come") {
  ServerOptions options;
  options.header_timeout_ms = 100;
  TestServer server(options);
  server.start();
  Client silent(server.port());
  silent.send("GET / HTTP/1.1\r\nHo");
  CHECK(silent.answer()->status == 408);
  CHECK(silent.closed());
  Client busy(server.port());
  busy.send("GET / HTTP/1.1\r\nX: ");
  trickle(busy, "a", 3000);
  CHECK(busy.answer()->status == 408);
  CHECK(server.refused("header_timeout") == 2);
  CHECK(server.handler.requests == 0);
}

TEST_CASE("a body that stops coming is answered 408 and aborted") {
  ServerOptions options;
  options.body_stall_ms = 100;
  TestServer server(options);
  server.start();
  Client client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
  CHECK(client.answer()->status == 408);
  CHECK(client.closed());
  CHECK(server.handler.aborted == 1);
  CHECK(server.refused("body_timeout") == 1);
}

TEST_CASE("a body that keeps coming, but too slowly, is cut") {
  ServerOptions options;
  options.body_stall_ms = 100;
  options.body_bytes_per_second_min = 100'000;
  TestServer server(options);
  server.start();
  Client client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  trickle(client, "a", 3000);
  CHECK(client.answer()->status == 408);
  CHECK(server.handler.aborted == 1);
}

TEST_CASE("a body that comes in time is not cut for taking long") {
  ServerOptions options;
  options.body_stall_ms = 60;
  options.body_bytes_per_second_min = 10;
  TestServer server(options);
  server.start();
  Client client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    client.send("a");
    client.wait_for("nothing", 10);
  }
  CHECK(client.answer()->status == 200);
}

TEST_CASE("an idle connection is closed, with and without a request before") {
  ServerOptions options;
  options.idle_timeout_ms = 80;
  TestServer server(options);
  server.start();
  Client fresh(server.port()), used(server.port());
  used.send(kGet);
  CHECK(used.answer()->status == 200);
  CHECK(fresh.closed());
  CHECK(used.closed());
  CHECK(used.buffer().empty());
  CHECK(eventually([&] { return server->stats().open_connections == 0; }));
}

TEST_CASE("a connection that waits for its answer is not idle") {
  ServerOptions options;
  options.idle_timeout_ms = options.header_timeout_ms = options.body_stall_ms = 50;
  TestServer server(options);
  std::jthread later;
  server.handler.on("/", [&](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    later = std::jthread([exchange] {
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
      exchange->respond({200, {}, "late"});
    });
  });
  server.start();
  Client client(server.port());
  client.send(kGet);
  CHECK(client.answer()->body == "late");
}

TEST_CASE("a client that does not read its answer is cut") {
  ServerOptions options;
  options.write_stall_ms = 100;
  TestServer server(options);
  server.handler.on("/", [](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    exchange->respond({200, {}, std::string(16 << 20, 'a')});
  });
  server.start();
  Client client(server.port(), 4096);
  client.send(kGet);
  CHECK(eventually([&] { return server.refused("write_stall") == 1; }));
  CHECK(eventually([&] { return server->stats().open_connections == 0; }));
}

TEST_CASE("a large answer arrives whole") {
  TestServer server;
  std::string body(16 << 20, 'a');
  server.handler.on(
      "/", [&](Request&&, std::string, std::shared_ptr<Exchange> exchange) { exchange->respond({200, {}, body}); });
  server.start();
  Client client(server.port(), 4096);
  client.send(kGet);
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == body);
}

TEST_CASE("a client that goes in the middle of a body aborts it") {
  TestServer server;
  server.start();
  {
    Client client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
    REQUIRE(eventually([&] { return server.handler.requests == 1; }));
  }
  CHECK(eventually([&] { return server.handler.aborted == 1; }));
  CHECK(eventually([&] { return server->stats().open_connections == 0; }));
}

TEST_CASE("a request that ends too early is told so when its sender still listens") {
  TestServer server;
  server.start();
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHo");
  client.finish_sending();
  CHECK(client.answer()->status == 400);
  CHECK(server.refused("truncated") == 1);
}

}  // namespace
}  // namespace hookswitch::test
