// Answers whose body is made while the client takes it: of known length, flat in memory, cut when they cannot go on.
#include <catch2/catch.hpp>

#include <atomic>
#include <memory>

#include "engine/base/limits.h"
#include "tests/unit/http/client.h"
#include "tests/unit/http/test_server.h"

namespace hookswitch::test {
namespace {

constexpr uint64_t kLong = 8 * limits::kMiB;

/// The letters a to z again and again; ends too early when told so.
class Letters final : public BodySource {
 public:
  Letters(std::atomic<uint64_t>& given, uint64_t bytes, uint64_t fails_at)
      : given_(given), bytes_(bytes), fails_at_(fails_at) {}
  uint64_t bytes() const override { return bytes_; }
  std::optional<std::string> next(size_t bytes_max) override {
    if (at_ >= fails_at_) return std::nullopt;
    std::string out(std::min<uint64_t>(bytes_max, bytes_ - at_), ' ');
    for (char& c : out) c = static_cast<char>('a' + at_++ % 26);
    given_ = at_;
    return out;
  }

 private:
  std::atomic<uint64_t>& given_;
  const uint64_t bytes_;
  const uint64_t fails_at_;
  uint64_t at_ = 0;
};

struct LongServer : TestServer {
  explicit LongServer(uint64_t bytes = kLong, uint64_t fails_at = UINT64_MAX) {
    handler.on("/long", [this, bytes, fails_at](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
      Response response{200, {{"Content-Type", "audio/mpeg"}}, ""};
      response.source = std::make_shared<Letters>(given, bytes, fails_at);
      exchange->respond(std::move(response));
    });
    start();
  }
  std::atomic<uint64_t> given{0};
};

std::string get(const std::string& path, const std::string& method = "GET") {
  return method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

TEST_CASE("a long body has its length and comes whole, and the connection goes on behind it") {
  LongServer server;
  Client client(server.port());
  client.send(get("/long") + get("/a"));
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->headers["content-length"] == std::to_string(kLong));
  REQUIRE(answer->body.size() == kLong);
  CHECK(answer->body.substr(26, 26) == "abcdefghijklmnopqrstuvwxyz");
  CHECK(answer->body.back() == static_cast<char>('a' + (kLong - 1) % 26));
  CHECK(client.answer()->body == "GET /a ");
}

TEST_CASE("no more of a long body is made than its client takes") {
  LongServer server(64 * limits::kMiB);
  Client client(server.port(), 4096);
  client.send(get("/long"));
  REQUIRE(client.wait_for("abc"));
  CHECK(server.given < 16 * limits::kMiB);  // the rest is what the system's own buffers hold
}

TEST_CASE("HEAD learns the length of a long body, and nothing of it is made") {
  LongServer server;
  Client client(server.port());
  client.send(get("/long", "HEAD") + get("/a"));
  CHECK(client.answer(true)->headers["content-length"] == std::to_string(kLong));
  CHECK(client.answer()->body == "GET /a ");
  CHECK(server.given == 0);
}

TEST_CASE("a body that cannot be gone on with cuts the connection") {
  LongServer server(kLong, limits::kMiB);
  Client client(server.port());
  client.send(get("/long") + get("/a"));
  CHECK(client.closed());
  CHECK(client.buffer().size() < 2 * limits::kMiB);
  CHECK(client.buffer().find("GET /a") == std::string::npos);
}

TEST_CASE("an empty body with a source is an empty answer") {
  LongServer server(0);
  Client client(server.port());
  client.send(get("/long"));
  CHECK(client.answer()->headers["content-length"] == "0");
}

}  // namespace
}  // namespace hookswitch::test
