// What could be understood in two ways is refused, byte for byte the same however the bytes arrive.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "engine/http/request_reader.h"
#include "tests/unit/http/client.h"
#include "tests/unit/http/test_server.h"

namespace hookswitch::test {
namespace {

struct Case {
  const char* about;
  std::string bytes;
  int status;  // of the first answer
};

// A request whose headers are `headers`, each with its line end.
std::string post(const std::string& headers, const std::string& body = "") {
  return "POST /x HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body;
}

std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

std::string line(const std::string& request_line) { return request_line + "\r\nHost: x\r\n\r\n"; }

const std::vector<Case>& cases() {
  using namespace std::string_literals;
  static const std::vector<Case> all = {
      {"a plain request", line("GET /x HTTP/1.1"), 200},
      {"an empty line ahead", "\r\n" + line("GET /x HTTP/1.1"), 200},
      {"two empty lines ahead", "\r\n\r\n" + line("GET /x HTTP/1.1"), 400},
      {"a sized body", post("Content-Length: 5\r\n", "hello"), 200},
      {"a chunked body", chunked("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"), 200},
      {"trailers", chunked("1\r\nx\r\n0\r\nA: b\r\n\r\n"), 200},
      {"coding in capitals", post("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"), 200},
      {"a length with zeros ahead", post("Content-Length: 005\r\n", "hello"), 200},
      {"an empty header value", post("X-A:\r\nX-B: \t \r\n"), 200},
      {"bytes above 127 in a value", post("X-A: \xc3\xa4\r\n"), 200},
      {"upgrade is ignored", post("Connection: upgrade\r\nUpgrade: h2c\r\n"), 200},

      {"lengths that disagree", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), 400},
      {"lengths that agree", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
      {"a list of lengths", post("Content-Length: 5, 5\r\n", "hello"), 400},
      {"a negative length", post("Content-Length: -5\r\n", "hello"), 400},
      {"a length with plus", post("Content-Length: +5\r\n", "hello"), 400},
      {"a hexadecimal length", post("Content-Length: 0x5\r\n", "hello"), 400},
      {"a length with a blank inside", post("Content-Length: 5 0\r\n", "hello"), 400},
      {"an empty length", post("Content-Length:\r\n", "hello"), 400},
      {"a length beyond 64 bits", post("Content-Length: 18446744073709551621\r\n", "hello"), 400},
      {"coding and length", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"length and coding", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
      {"two codings", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
      {"coding given twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"coding identity", post("Transfer-Encoding: identity\r\n"), 400},
      {"coding almost chunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},
      {"coding with a control byte",
       post("Transfer-Encoding: \x0b"
            "chunked\r\n",
            "0\r\n\r\n"),
       400},
      {"an empty coding", post("Transfer-Encoding:\r\n"), 400},
      {"coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},

      {"bare LF lines", "GET / HTTP/1.1\nHost: x\n\n", 400},
      {"one bare LF", "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 400},
      {"a bare LF as the empty line", "GET / HTTP/1.1\r\nHost: x\r\n\n", 400},
      {"a bare CR", post("X-A: b\rX-C: d\r\n"), 400},
      {"a NUL in a value", post("X-A: b\0c\r\n"s), 400},
      {"a NUL in a name", post("X\0A: b\r\n"s), 400},
      {"a control byte in a value", post("X-A: b\x01\r\n"), 400},
      {"a DEL in a value", post("X-A: b\x7f\r\n"), 400},
      {"a folded header", post("X-A: b\r\n c\r\n"), 400},
      {"a folded header with a tab", post("X-A: b\r\n\tc\r\n"), 400},
      {"a first header that is folded", "GET / HTTP/1.1\r\n X: y\r\nHost: x\r\n\r\n", 400},
      {"a blank before the colon", post("Content-Length : 5\r\n", "hello"), 400},
      {"a tab before the colon", post("Content-Length\t: 5\r\n", "hello"), 400},
      {"a blank in a name", post("X A: b\r\n"), 400},
      {"an empty name", post(": b\r\n"), 400},
      {"a name with a bracket", post("X(A): b\r\n"), 400},
      {"a name above 127", post("X\xc3\xa4: b\r\n"), 400},
      {"a header without colon", post("nonsense\r\n"), 400},

      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", post("Host: y\r\n"), 400},
      {"a Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"a Host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
      {"an IPv6 Host", "GET /x HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200},

      {"absolute form of this host", line("GET http://X/y?z HTTP/1.1"), 200},
      {"absolute form without a path", line("GET http://x HTTP/1.1"), 200},
      {"absolute form of another host", line("GET http://y/ HTTP/1.1"), 400},
      {"absolute form with a user", line("GET http://u@x/ HTTP/1.1"), 400},
      {"absolute form of another scheme", line("GET ftp://x/ HTTP/1.1"), 400},
      {"absolute form without host", line("GET http:///x HTTP/1.1"), 400},
      {"a target that is no path", line("GET x HTTP/1.1"), 400},
      {"a star for GET", line("GET * HTTP/1.1"), 400},
      {"a star for OPTIONS", line("OPTIONS * HTTP/1.1"), 200},
      {"a fragment", line("GET /x#y HTTP/1.1"), 400},
      {"a blank in the target", line("GET /x y HTTP/1.1"), 400},
      {"two blanks", line("GET  /x HTTP/1.1"), 400},
      {"a tab in the request line", line("GET\t/x HTTP/1.1"), 400},
      {"no target", line("GET HTTP/1.1"), 400},
      {"no version", line("GET /x"), 400},
      {"a target above 127", line("GET /\xc3\xa4 HTTP/1.1"), 400},
      {"HTTP/2.0", line("GET / HTTP/2.0"), 505},
      {"HTTP/1.2", line("GET / HTTP/1.2"), 505},
      {"HTTP/1.10", line("GET / HTTP/1.10"), 400},
      {"http in small letters", line("GET / http/1.1"), 400},
      {"an unknown method", line("BREW / HTTP/1.1"), 501},
      {"a method in small letters", line("get / HTTP/1.1"), 501},
      {"CONNECT", line("CONNECT x:80 HTTP/1.1"), 501},
      {"TRACE", line("TRACE / HTTP/1.1"), 501},
      {"a method that is no token", line("G(T / HTTP/1.1"), 400},
      {"another expectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n", "x"), 417},
      {"the start of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},

      {"a chunk size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk size with plus", chunked("+5\r\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk size with a blank", chunked("5 \r\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk extension", chunked("5;a=b\r\nhello\r\n0\r\n\r\n"), 400},
      {"an empty chunk size", chunked("\r\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk size of 17 digits", chunked("10000000000000005\r\nhello\r\n"), 400},
      {"a chunk larger than any body", chunked("ffffffffffffffff\r\nhello\r\n"), 413},
      {"a chunk size ended by LF", chunked("5\nhello\r\n0\r\n\r\n"), 400},
      {"a chunk ended by LF", chunked("5\r\nhello\n0\r\n\r\n"), 400},
      {"a chunk longer than it says", chunked("5\r\nhelloXX0\r\n\r\n"), 400},
      {"a last chunk ended by LF", chunked("0\r\n\n"), 400},
      {"a trailer with a bare LF", chunked("0\r\nA: b\n\r\n"), 400},
  };
  return all;
}

// What a reader makes of bytes given in two parts.
int read_in_parts(const ServerOptions& options, std::string_view first, std::string_view second) {
  RequestReader reader(options);
  for (std::string_view part : {first, second}) {
    while (true) {
      auto step = reader.next(part);
      if (step == RequestReader::Step::complete) return 200;
      if (step == RequestReader::Step::problem) return reader.problem().status;
      if (step == RequestReader::Step::more) break;
    }
  }
  return 0;
}

TEST_CASE("each malformed request gets its status over a socket, and the connection ends") {
  TestServer server;
  server.start();
  for (const Case& one : cases()) {
    INFO(one.about);
    Client client(server.port());
    client.send(one.bytes);
    auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == one.status);
    if (one.status == 200) continue;
    CHECK(answer->headers["connection"] == "close");
    CHECK(client.closed());
    CHECK(client.buffer().empty());
  }
  CHECK(eventually([&] { return server->stats().open_connections == 0; }));
}

TEST_CASE("it makes no difference where the bytes are split") {
  ServerOptions options;
  for (const Case& one : cases()) {
    INFO(one.about);
    for (size_t at = 0; at <= one.bytes.size(); ++at) {
      INFO("split at " << at);
      CHECK(read_in_parts(options, std::string_view(one.bytes).substr(0, at), std::string_view(one.bytes).substr(at)) ==
            one.status);
    }
  }
}

TEST_CASE("requests that arrive byte by byte over a socket are understood") {
  TestServer server;
  server.start();
  Client client(server.port());
  for (char byte : chunked("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n") + post("Content-Length: 2\r\n", "ok")) {
    client.send({&byte, 1});
  }
  CHECK(client.answer()->body == "POST /x hello!");
  CHECK(client.answer()->body == "POST /x ok");
}

TEST_CASE("a refused request hides nothing that follows it") {
  TestServer server;
  server.start();
  Client client(server.port());
  client.send(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") +
              line("GET /smuggled HTTP/1.1"));
  CHECK(client.answer()->status == 400);
  CHECK(client.closed());
  CHECK(server.handler.requests == 0);
}

TEST_CASE("the target of an absolute form is its path and query") {
  ServerOptions options;
  RequestReader one(options);
  std::string bytes = line("GET http://x:80?a=b HTTP/1.1");
  bytes.replace(bytes.find("Host: x"), 7, "Host: X:80");
  std::string_view in = bytes;
  REQUIRE(one.next(in) == RequestReader::Step::head);
  CHECK(one.head().request.target == "/?a=b");
  CHECK(one.head().request.path() == "/");
  CHECK(one.head().request.query() == "a=b");
  CHECK(one.head().request.header("host") == "X:80");
}

}  // namespace
}  // namespace hookswitch::test
