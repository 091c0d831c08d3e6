#include <arpa/inet.h>
#include <catch2/catch.hpp>

#include "engine/outbox/addresses.h"

namespace hookswitch {
namespace {

bool is_private(const std::string& text) {
  sockaddr_in v4{.sin_family = AF_INET};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) return is_private_address(reinterpret_cast<sockaddr*>(&v4));
  sockaddr_in6 v6{.sin6_family = AF_INET6};
  REQUIRE(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1);
  return is_private_address(reinterpret_cast<sockaddr*>(&v6));
}

}  // namespace

TEST_CASE("addresses of no public network are private, in every form that carries them") {
  for (const char* text : {"127.0.0.1",
                           "10.1.2.3",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "169.254.169.254",
                           "100.64.0.1",
                           "0.0.0.0",
                           "224.0.0.1",
                           "255.255.255.255",
                           "198.18.0.1",
                           "::1",
                           "::",
                           "fe80::1",
                           "fd00::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "64:ff9b::7f00:1",
                           "2002:7f00:1::",
                           "2001:db8::1"}) {
    INFO(text);
    CHECK(is_private(text));
  }
  for (const char* text : {"8.8.8.8", "172.15.0.1", "172.32.0.1", "192.167.0.1", "100.128.0.1", "1.1.1.1",
                           "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"}) {
    INFO(text);
    CHECK_FALSE(is_private(text));
  }
}

TEST_CASE("an origin is scheme, host and port, whatever the case and the default port") {
  CHECK(origin_of("https://API.example.com/v1?x=1") == origin_of("https://api.example.com:443/other"));
  CHECK(origin_of("https://api.example.com") != origin_of("http://api.example.com"));
  CHECK(origin_of("http://127.0.0.1:80/") == origin_of("http://127.0.0.1"));
  CHECK_FALSE(origin_of("ftp://example.com/"));
  CHECK_FALSE(origin_of("/v1/calls"));
  CHECK_FALSE(origin_of(""));
}

TEST_CASE("a printed URL holds no user, password, query or fragment") {
  CHECK(shown_url("https://AC1:secret@api.example.com:8443/Calls.json?token=abc#x") ==
        "https://api.example.com:8443/Calls.json");
  CHECK(shown_url("http://example.com/a") == "http://example.com/a");
  CHECK(shown_url("not a url") == "an unreadable URL");
}

TEST_CASE("only names that cannot be meant for the internet name a private host") {
  for (const char* host :
       {"127.0.0.1", "localhost", "mock", "api.localhost", "mock.internal", "[::1]", "192.168.0.7"}) {
    INFO(host);
    CHECK(names_private_host(host));
  }
  for (const char* host : {"api.elevenlabs.io", "8.8.8.8", "localhost.example.com", "internal.example.com"}) {
    INFO(host);
    CHECK_FALSE(names_private_host(host));
  }
}

}  // namespace hookswitch
