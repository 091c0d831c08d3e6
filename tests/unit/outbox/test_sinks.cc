#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "tests/unit/outbox/rig.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

std::string header(const std::string& request, const std::string& name) {
  size_t at = request.find(name + ": ");
  if (at == std::string::npos) return "";
  at += name.size() + 2;
  return request.substr(at, request.find("\r\n", at) - at);
}

}  // namespace

TEST_CASE("a web sink is signed as Standard Webhooks say") {
  auto key = webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  REQUIRE(key);
  CHECK(webhook_signature(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  CHECK(*webhook_key("plain") == "plain");
  CHECK(*webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS") != *key);  // unpadded, and another
  CHECK_FALSE(webhook_key("whsec_***"));
  CHECK_FALSE(webhook_key("whsec_"));
}

TEST_CASE("what is emitted to a file is a line each, also after a crash in the middle of one") {
  TempDir dir;
  std::string path = dir.write("out/log.jsonl", "{\"old\":1}\n{\"cut\":");
  FileSink sink(path, 1'000'000, 3);
  REQUIRE(sink.write({R"({"a":1})", R"({"b":2})"}));
  CHECK(lines_of(path) == std::vector<std::string>{R"({"old":1})", R"({"a":1})", R"({"b":2})"});
}

TEST_CASE("a file is rotated when it would grow beyond its bound, and only so many are kept") {
  TempDir dir;
  std::string path = dir.path() + "/log.jsonl";
  FileSink sink(path, 20, 2);
  for (int i = 0; i < 6; ++i) REQUIRE(sink.write({fmt::format(R"({{"line":{}}})", i)}));  // 11 bytes each
  CHECK(lines_of(path) == std::vector<std::string>{R"({"line":5})"});
  CHECK(lines_of(path + ".1") == std::vector<std::string>{R"({"line":4})"});
  CHECK(lines_of(path + ".2") == std::vector<std::string>{R"({"line":3})"});
  CHECK_FALSE(fs::exists(path + ".3"));
}

TEST_CASE("a file at its bound is not rotated, and one that was moved away is made anew") {
  TempDir dir;
  std::string path = dir.path() + "/log.jsonl";
  FileSink sink(path, 22, 2);
  REQUIRE(sink.write({R"({"line":0})"}));
  REQUIRE(sink.write({R"({"line":1})"}));
  CHECK(lines_of(path).size() == 2);
  fs::rename(path, path + ".moved");
  REQUIRE(sink.write({R"({"line":2})"}));
  CHECK(lines_of(path) == std::vector<std::string>{R"({"line":2})"});
}

TEST_CASE("emitted records arrive in their file once each") {
  TempDir dir;
  std::string path = dir.path() + "/sink/log.jsonl";
  Rig rig({}, {}, {{"log", {.file = path}}});
  rig.start();
  std::vector<std::string> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(rig.emit("log", i));
  for (const std::string& id : ids) REQUIRE(rig.becomes(id, "done"));
  auto lines = lines_of(path);
  CHECK(lines.size() == 50);
  CHECK(std::set<std::string>(lines.begin(), lines.end()).size() == 50);
}

TEST_CASE("a file that cannot be written is tried again until it can") {
  TempDir dir;
  std::string blocked = dir.write("sink", "a file where a folder should be");
  Rig rig({}, {}, {{"log", {.file = blocked + "/log.jsonl"}}});
  rig.start();
  std::string id = rig.emit("log", 1);
  REQUIRE(rig.until([&] { return rig.action(id).attempt == 1 && rig.status(id) == "waiting"; }));
  CHECK(rig.action(id).reason.find("sink file") != std::string::npos);
  fs::remove(blocked);
  CHECK(rig.until([&] {
    rig.advance_ms(1'000);
    return rig.status(id) == "done";
  }));
  CHECK(lines_of(blocked + "/log.jsonl") == std::vector<std::string>{R"({"n":1})"});
}

TEST_CASE("a web sink gets the record with the action's id and a signature, again until it takes it") {
  RawServer server([](const std::string&, size_t n) {
    if (n == 0) return RawServer::Reply{http_answer(503, "")};
    if (n == 1) return RawServer::Reply{""};
    return RawServer::Reply{http_answer(204, "")};
  });
  Rig rig({}, {}, {{"crm", {.url = server.url("/in"), .secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}});
  rig.start();
  std::string id = rig.emit("crm", 5);
  CHECK(rig.until([&] {
    rig.advance_ms(1'000);
    return rig.status(id) == "done";
  }));
  auto requests = server.requests();
  REQUIRE(requests.size() == 3);
  for (const std::string& request : requests) {
    CHECK(request.starts_with("POST /in HTTP/1.1\r\n"));
    CHECK(request.ends_with("\r\n\r\n{\"n\":5}"));
    CHECK(header(request, "webhook-id") == id);
    int64_t secs = std::stoll(header(request, "webhook-timestamp"));
    auto key = webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    CHECK(header(request, "webhook-signature") == webhook_signature(*key, id, secs, "{\"n\":5}"));
  }
}

TEST_CASE("a web sink that refuses a record for good gets it no more") {
  RawServer server([](const std::string&, size_t) { return RawServer::Reply{http_answer(410, "gone")}; });
  Rig rig({}, {}, {{"crm", {.url = server.url("/in")}}});
  rig.start();
  std::string id = rig.emit("crm", 5);
  REQUIRE(rig.becomes(id, "failed"));
  CHECK(header(server.requests().at(0), "webhook-signature").empty());
  rig.advance_ms(3'600'000);
  rig.settle();
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a sink that is down holds up no other") {
  TempDir dir;
  Rig rig({}, {}, {{"crm", {.url = "http://127.0.0.1:1/in"}}, {"log", {.file = dir.path() + "/log.jsonl"}}});
  rig.start();
  for (int i = 0; i < 20; ++i) rig.emit("crm", i);
  REQUIRE(rig.until([&] { return rig.outbox().status()["sinks"]["crm"]["breaker"] == "open"; }));
  std::string id = rig.emit("log", 1);
  CHECK(rig.becomes(id, "done"));
}

}  // namespace hookswitch::test
