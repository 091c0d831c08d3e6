// Answers of unknown length: chunked or until close, cut when the client does not read, told when it goes.
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include <mutex>
#include <thread>

#include "tests/unit/http/client.h"
#include "tests/unit/http/test_server.h"

namespace hookswitch::test {
namespace {

constexpr std::string_view kGet = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";

/// A server whose /events opens a stream that the test holds.
struct StreamServer : TestServer {
  explicit StreamServer(ServerOptions given = {}) : TestServer(std::move(given)) {
    handler.on("/events", [this](Request&& request, std::string, std::shared_ptr<Exchange> exchange) {
      auto opened = exchange->start_stream({200, {{"Content-Type", "text/event-stream"}}, "first\n"},
                                           std::string(request.header("asker")));
      opened->on_closed([this] { ++closed; });
      std::lock_guard lock(mutex);
      stream = std::move(opened);
    });
    start();
  }
  std::shared_ptr<Stream> opened() {
    REQUIRE(eventually([this] {
      std::lock_guard lock(mutex);
      return stream != nullptr;
    }));
    std::lock_guard lock(mutex);
    return std::exchange(stream, nullptr);
  }

  std::mutex mutex;
  std::shared_ptr<Stream> stream;
  std::atomic<int> closed{0};
};

TEST_CASE("a stream is chunked, written from any thread, and its end leaves the connection usable") {
  StreamServer server;
  Client client(server.port());
  client.send(kGet);
  auto stream = server.opened();
  CHECK(client.wait_for("first\n"));
  CHECK(server->stats().open_streams == 1);
  CHECK(stream->write("second\n"));
  CHECK(client.wait_for("second\n"));
  stream->write("third\n");
  stream->close();
  CHECK_FALSE(stream->write("too late"));
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->headers["transfer-encoding"] == "chunked");
  CHECK(answer->headers["content-type"] == "text/event-stream");
  CHECK(answer->body == "first\nsecond\nthird\n");
  CHECK(eventually([&] { return server.closed == 1 && server->stats().open_streams == 0; }));
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.answer()->body == "GET /a ");
}

TEST_CASE("to HTTP/1.0 a stream ends with the connection") {
  StreamServer server;
  Client client(server.port());
  client.send("GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto stream = server.opened();
  stream->write("second\n");
  stream.reset();
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->headers["connection"] == "close");
  CHECK(answer->body == "first\nsecond\n");
}

TEST_CASE("a stream behind an unanswered request waits its turn") {
  StreamServer server;
  Client client(server.port());
  std::string post = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n";
  client.send(post + "ok" + std::string(kGet) + "GET /z HTTP/1.1\r\nHost: x\r\n\r\n");
  auto stream = server.opened();
  stream->write("second\n");
  stream->close();
  CHECK(client.answer()->body == "POST /a ok");
  CHECK(client.answer()->body == "first\nsecond\n");
  CHECK(client.answer()->body == "GET /z ");
}

TEST_CASE("a stream hears that its client has gone") {
  StreamServer server;
  auto client = std::make_unique<Client>(server.port());
  client->send(kGet);
  auto stream = server.opened();
  CHECK(client->wait_for("first\n"));
  client.reset();
  CHECK(eventually([&] { return server.closed == 1; }));
  CHECK_FALSE(stream->write("nobody"));
  bool at_once = false;
  stream->on_closed([&] { at_once = true; });
  CHECK(at_once);
}

TEST_CASE("a stream whose client does not read is cut at its limit") {
  ServerOptions options;
  options.write_buffer_bytes = 1 << 20;
  StreamServer server(options);
  Client client(server.port(), 4096);
  client.send(kGet);
  auto stream = server.opened();
  std::string piece(64 << 10, 'a');
  size_t written = 0;
  while (written < (64 << 20) && stream->write(piece)) written += piece.size();
  CHECK(written >= options.write_buffer_bytes - piece.size());
  CHECK(written < (64 << 20));
  CHECK_FALSE(stream->write("x"));
  CHECK(eventually([&] { return server.closed == 1 && server->stats().open_connections == 0; }));
  CHECK(server.refused("write_buffer_full") == 1);
}

TEST_CASE("a stream may be cut and closed by what its own receiver does") {
  ServerOptions options;
  options.write_buffer_bytes = 10;
  TestServer server(options);
  server.handler.on("/", [](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    auto stream = exchange->start_stream({}, "");
    CHECK(stream->write("more than ten bytes"));  // nothing waits yet
    CHECK_FALSE(stream->write("more than ten bytes"));
  });
  server.start();
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.closed());
}

TEST_CASE("one write may be longer than what may wait when there is room, and room comes back as the client reads") {
  ServerOptions options;
  options.write_buffer_bytes = 1 << 20;
  StreamServer server(options);
  Client client(server.port(), 65536);
  client.send(kGet);
  auto stream = server.opened();
  std::atomic<int> told{0};
  stream->on_room([&] { ++told; });
  CHECK(client.wait_for("first\n"));
  REQUIRE(stream->room() > 0);
  CHECK(stream->write(std::string(8 << 20, 'a')));
  CHECK(stream->room() == 0);
  CHECK(told == 0);
  CHECK(eventually([&] {
    char taken[65536];
    while (recv(client.fd(), taken, sizeof taken, MSG_DONTWAIT) > 0) continue;
    return told == 1;
  }));
  CHECK(stream->room() > 0);
  CHECK(server.refused("write_buffer_full") == 0);
}

TEST_CASE("slow readers together are bounded, and who reads is not cut for them") {
  ServerOptions options;
  options.streams_max = 10;
  options.write_buffer_bytes = 64 << 20;
  options.stream_bytes_max = 8 << 20;
  StreamServer server(options);
  std::vector<std::unique_ptr<Client>> slow;
  std::vector<std::shared_ptr<Stream>> streams;
  const std::string piece(3 << 20, 'a');
  for (int i = 0; i < 4; ++i) {
    slow.push_back(std::make_unique<Client>(server.port(), 4096));
    slow.back()->send(kGet);
    streams.push_back(server.opened());
    streams.back()->write(piece);
    streams.back()->write(piece);
  }
  CHECK(server.refused("streams_buffer_full") > 0);
  CHECK(server.refused("write_buffer_full") == 0);
  Client fast(server.port());
  fast.send(kGet);
  auto stream = server.opened();
  CHECK(fast.wait_for("first\n"));
  REQUIRE(eventually([&] { return stream->room() > 0; }));
  CHECK(stream->write("second\n"));
  CHECK(fast.wait_for("second\n"));
}

TEST_CASE("streams beyond the most are answered 503") {
  ServerOptions options;
  options.streams_max = 1;
  StreamServer server(options);
  Client first(server.port()), second(server.port());
  first.send(kGet);
  auto open = server.opened();
  second.send(kGet);
  auto answer = second.answer();
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->headers.contains("retry-after"));
  CHECK(server.refused("streams_full") == 1);
  CHECK_FALSE(server.opened()->write("x"));
}

TEST_CASE("who has as many streams as are free gets no more, and others still get theirs") {
  ServerOptions options;
  options.streams_max = 4;
  StreamServer server(options);
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::shared_ptr<Stream>> open;
  auto ask = [&](const std::string& by) {
    clients.push_back(std::make_unique<Client>(server.port()));
    clients.back()->send("GET /events HTTP/1.1\r\nHost: x\r\nAsker: " + by + "\r\n\r\n");
    open.push_back(server.opened());
    return open.back()->write("x");
  };
  CHECK(ask("greedy"));
  CHECK(ask("greedy"));
  CHECK_FALSE(ask("greedy"));
  auto answer = clients.back()->answer();
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(ask("other"));
  CHECK_FALSE(ask("other"));
  CHECK(ask("third"));
  CHECK_FALSE(ask("fourth"));
  open.front()->close();
  CHECK(eventually([&] { return server->stats().open_streams == 3; }));
  CHECK(ask("fourth"));
}

TEST_CASE("streams hear of the server's end, and may outlive it") {
  StreamServer server;
  Client client(server.port());
  client.send(kGet);
  auto stream = server.opened();
  server.stop();
  CHECK(server.closed == 1);
  CHECK_FALSE(stream->write("nobody"));
  stream->close();
}

}  // namespace
}  // namespace hookswitch::test
