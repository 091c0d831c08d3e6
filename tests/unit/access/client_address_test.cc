#include "engine/access/client_address.h"

#include <catch2/catch.hpp>

using namespace hookswitch;

namespace {

std::vector<Network> networks(std::initializer_list<const char*> texts) {
  std::vector<Network> out;
  for (const char* text : texts) {
    auto network = parse_network(text);
    REQUIRE(network);
    out.push_back(*network);
  }
  return out;
}

bool has(const char* network, const char* ip) { return parse_network(network)->has(*parse_ip(ip)); }

}  // namespace

TEST_CASE("networks hold their addresses and no other") {
  CHECK(has("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(has("10.0.0.0/8", "11.0.0.1"));
  CHECK(has("192.0.2.128/25", "192.0.2.200"));
  CHECK_FALSE(has("192.0.2.128/25", "192.0.2.127"));
  CHECK(has("192.0.2.1", "192.0.2.1"));
  CHECK(has("192.0.2.1", "::ffff:192.0.2.1"));
  CHECK_FALSE(has("192.0.2.1", "192.0.2.2"));
  CHECK(has("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(has("0.0.0.0/0", "2001:db8::1"));
  CHECK(has("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(has("2001:db8::/33", "2001:db8:8000::1"));
  for (const char* bad : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129", "::1/", "localhost", "10.0.0.0/8x"})
    CHECK_FALSE(parse_network(bad));
  CHECK_FALSE(parse_ip(std::string_view("10.0.0.1\0.example", 17)));
}

TEST_CASE("what nobody vouches for is not believed") {
  auto none = networks({});
  Client client = client_of(none, "203.0.113.9", "");
  CHECK(client.address == "203.0.113.9");
  CHECK_FALSE(client.shared);
  client = client_of(none, "203.0.113.9", "198.51.100.1");
  CHECK(client.address == "203.0.113.9");
  CHECK(client.shared);
  CHECK(client_of(none, "127.0.0.1", "").shared);
  CHECK(client_of(none, "::1", "").shared);
}

TEST_CASE("the client is the first from the right whom no trusted proxy vouches to be one") {
  auto trusted = networks({"10.0.0.0/8", "::1"});
  auto address = [&](const char* peer, const char* forwarded) { return client_of(trusted, peer, forwarded).address; };
  CHECK(address("10.0.0.1", "198.51.100.1") == "198.51.100.1");
  CHECK(address("10.0.0.1", "192.0.2.66, 198.51.100.1") == "198.51.100.1");
  CHECK(address("10.0.0.1", "198.51.100.1,10.0.0.2 , 10.0.0.3") == "198.51.100.1");
  CHECK(address("::1", "198.51.100.1:4711") == "198.51.100.1");
  CHECK(address("::1", "[2001:db8::7]:4711") == "2001:db8::7");
  CHECK_FALSE(client_of(trusted, "10.0.0.1", "198.51.100.1").shared);
  CHECK(address("203.0.113.9", "198.51.100.1") == "203.0.113.9");
  // A proxy that says nothing, or nonsense, leaves the last one that was known.
  CHECK(address("10.0.0.1", "") == "10.0.0.1");
  CHECK(client_of(trusted, "10.0.0.1", "").shared);
  CHECK(address("10.0.0.1", "198.51.100.1, unknown") == "10.0.0.1");
  CHECK(client_of(trusted, "10.0.0.1", "198.51.100.1, unknown").shared);
  CHECK(client_of(trusted, "10.0.0.1", "127.0.0.1").shared);
}

TEST_CASE("one client is an address, or the network that IPv6 gives to one") {
  CHECK(rate_key("203.0.113.9") == "203.0.113.9");
  CHECK(rate_key("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(rate_key("2001:db8:1:2::9") == rate_key("2001:db8:1:2:3:4:5:6"));
  CHECK(rate_key("2001:db8:1:3::9") != rate_key("2001:db8:1:2::9"));
}
