#include <catch2/catch.hpp>

#include "tests/unit/http/client.h"
#include "tests/unit/http/test_server.h"

namespace hookswitch::test {

TEST_CASE("every answer has the headers that all have, the server's own refusals too") {
  TestServer server;
  server.options.headers = {{"X-Content-Type-Options", "nosniff"}, {"Content-Security-Policy", "default-src 'none'"}};
  server.handler.on("/own", [](Request&&, const std::string&, const std::shared_ptr<Exchange>& exchange) {
    exchange->respond({200, {{"content-security-policy", "default-src 'self'"}}, "x"});
  });
  server.start();
  Client client(server.port());
  client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.answer()->headers["x-content-type-options"] == "nosniff");
  client.send("GET /own HTTP/1.1\r\nHost: x\r\n\r\n");
  auto own = client.answer();
  CHECK(own->headers["content-security-policy"] == "default-src 'self'");
  CHECK(own->headers["x-content-type-options"] == "nosniff");
  client.send("BREW /x HTTP/1.1\r\nHost: x\r\n\r\n");
  auto refused = client.answer();
  CHECK(refused->status >= 400);
  CHECK(refused->headers["x-content-type-options"] == "nosniff");
}

}  // namespace hookswitch::test
