// Every limit of the server is reached and exceeded.
#include <catch2/catch.hpp>

#include <sys/resource.h>

#include <unistd.h>

#include <fstream>

#include "tests/unit/http/client.h"
#include "tests/unit/http/test_server.h"

namespace hookswitch::test {
namespace {

std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
}

std::string sized(size_t bytes) {
  return "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
}

constexpr std::string_view kChunked = "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_CASE("the target has a longest length, whether its line ends or not") {
  ServerOptions options;
  options.target_bytes_max = 100;
  TestServer server(options);
  server.start();
  CHECK(status_of(server.port(), get("/" + std::string(99, 'a'))) == 200);
  CHECK(status_of(server.port(), get("/" + std::string(100, 'a'))) == 414);
  CHECK(status_of(server.port(), "GET /" + std::string(200, 'a')) == 414);
  CHECK(server.refused("target_too_long") == 2);
}

TEST_CASE("headers have a largest size and count") {
  ServerOptions options;
  options.header_bytes_max = 1000;
  options.header_count_max = 10;
  TestServer server(options);
  server.start();
  size_t host = std::string("Host: x\r\n").size();
  auto filled = [&](size_t bytes) { return get("/", "X: " + std::string(bytes - host - 5, 'a') + "\r\n"); };
  CHECK(status_of(server.port(), filled(1000)) == 200);
  CHECK(status_of(server.port(), filled(1001)) == 431);
  CHECK(status_of(server.port(), "GET / HTTP/1.1\r\nX: " + std::string(2000, 'a')) == 431);
  auto many = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += "A: b\r\n";
    return out;
  };
  CHECK(status_of(server.port(), get("/", many(9))) == 200);
  CHECK(status_of(server.port(), get("/", many(10))) == 431);
  CHECK(server.refused("headers_too_large") == 2);
  CHECK(server.refused("too_many_headers") == 1);
}

TEST_CASE("a body has a largest size: announced, it is refused unread") {
  ServerOptions options;
  options.body_bytes_max = 1000;
  TestServer server(options);
  server.start();
  CHECK(status_of(server.port(), sized(1000) + std::string(1000, 'a')) == 200);
  CHECK(status_of(server.port(), sized(1001)) == 413);
  CHECK(server.handler.requests == 1);
  CHECK(status_of(server.port(), std::string(kChunked) + "3e8\r\n" + std::string(1000, 'a') + "\r\n0\r\n\r\n") == 200);
  CHECK(status_of(server.port(), std::string(kChunked) + "3e8\r\n" + std::string(1000, 'a') + "\r\n1\r\na") == 413);
  CHECK(server.handler.aborted == 1);
  CHECK(server.refused("body_too_large") == 2);
}

TEST_CASE("a client that sends all of a body too large before it reads still gets its 413") {
  ServerOptions options;
  options.body_bytes_max = 1000;
  TestServer server(options);
  server.start();
  Client client(server.port());
  CHECK(client.send(sized(4 << 20) + std::string(4 << 20, 'a')));
  CHECK(client.answer()->status == 413);
}

TEST_CASE("connections beyond the most are answered 503 with Retry-After, and later there is room again") {
  ServerOptions options;
  options.connections_max = 2;
  TestServer server(options);
  server.start();
  auto first = std::make_unique<Client>(server.port());
  Client second(server.port());
  CHECK(eventually([&] { return server->stats().open_connections == 2; }));
  Client third(server.port());
  auto answer = third.answer();
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->headers.contains("retry-after"));
  CHECK(third.closed());
  third.close();
  first.reset();
  CHECK(eventually([&] { return server->stats().open_connections == 1; }));
  CHECK(status_of(server.port(), get("/")) == 200);
  CHECK(server.refused("connections_full") == 1);
}

TEST_CASE("a body nobody wants is read up to a limit to keep the connection, beyond it the answer closes") {
  ServerOptions options;
  options.discard_bytes_max = 1000;
  TestServer server(options);
  server.handler.at_head("/x", [](Request&&, std::shared_ptr<Exchange> exchange) {
    exchange->respond({404, {}, "no"});
    return nullptr;
  });
  server.start();
  Client client(server.port());
  client.send(sized(1000) + std::string(1000, 'a') + get("/next"));
  auto first = client.answer();
  REQUIRE(first);
  CHECK(first->status == 404);
  CHECK(client.answer()->body == "GET /next ");
  client.send(sized(1001));
  CHECK(client.answer()->headers["connection"] == "close");
  CHECK(client.closed());
  Client endless(server.port());
  endless.send(std::string(kChunked) + "400\r\n" + std::string(1024, 'a') + "\r\n");
  CHECK(endless.answer()->status == 404);
  CHECK(endless.closed());
}

TEST_CASE("only a client that is wanted to go on is told to continue") {
  TestServer server;
  server.handler.at_head("/no", [](Request&&, std::shared_ptr<Exchange> exchange) {
    exchange->respond({401, {}, ""});
    return nullptr;
  });
  server.start();
  auto asking = [](const std::string& path) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  };
  Client welcome(server.port());
  welcome.send(asking("/yes"));
  CHECK(welcome.answer()->status == 100);
  welcome.send("ok");
  CHECK(welcome.answer()->body == "POST /yes ok");
  Client unwelcome(server.port());
  unwelcome.send(asking("/no"));
  auto answer = unwelcome.answer();
  REQUIRE(answer);
  CHECK(answer->status == 401);
  CHECK(answer->headers["connection"] == "close");
}

TEST_CASE("without file descriptors a connection is answered 503 with Retry-After, counted, and others go on") {
  TestServer server;
  server.start();
  Client open_before(server.port());
  CHECK(eventually([&] { return server->stats().open_connections == 1; }));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  Client waiting(server.port());
  CHECK(eventually([&] { return server->stats().open_connections == 2; }));
  // The next descriptor this process would get is one too many; the client's own socket takes it first.
  int lowest = dup(0);
  ::close(lowest);
  rlimit tight{static_cast<rlim_t>(lowest) + 1, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &tight);
  Client turned_away(server.port());
  turned_away.send(get("/"));
  auto answer = turned_away.answer();
  CHECK(turned_away.closed());
  setrlimit(RLIMIT_NOFILE, &before);
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->headers.contains("retry-after"));
  CHECK(server.refused("descriptors_full") >= 1);
  open_before.send(get("/"));
  CHECK(open_before.answer()->status == 200);
  CHECK(status_of(server.port(), get("/")) == 200);
}

size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

class CountingReceiver final : public Receiver {
 public:
  CountingReceiver(std::shared_ptr<Exchange> exchange, std::atomic<size_t>& bytes)
      : exchange_(std::move(exchange)), bytes_(bytes) {}
  void on_body(std::string_view piece) override { bytes_ += piece.size(); }
  void on_complete() override { exchange_->respond({200, {}, std::to_string(bytes_)}); }
  void on_abort() override {}

 private:
  std::shared_ptr<Exchange> exchange_;
  std::atomic<size_t>& bytes_;
};

TEST_CASE("a chunked body of 50 MB streams through without memory growing") {
  ServerOptions options;
  options.body_bytes_max = 64 << 20;
  TestServer server(options);
  std::atomic<size_t> bytes{0};
  server.handler.at_head("/x", [&](Request&& request, std::shared_ptr<Exchange> exchange) {
    CHECK(request.has_body);
    CHECK_FALSE(request.content_length);
    return std::make_unique<CountingReceiver>(std::move(exchange), bytes);
  });
  server.start();
  Client client(server.port());
  const std::string chunk = "40000\r\n" + std::string(256 << 10, 'a') + "\r\n";
  client.send(kChunked);
  client.send(chunk);
  REQUIRE(eventually([&] { return bytes == 256 << 10; }));
  size_t before = resident_bytes();
  for (int i = 1; i < 200; ++i) client.send(chunk);
  client.send("0\r\n\r\n");
  CHECK(client.answer()->body == std::to_string(50 << 20));
  CHECK(resident_bytes() < before + (2 << 20));
}

}  // namespace
}  // namespace hookswitch::test
