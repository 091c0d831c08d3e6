// Whose request is it: the address of the client, also behind proxies that are trusted to tell it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"

namespace hookswitch {

/// An IP address in 16 bytes, IPv4 as it is written in IPv6.
using IpBytes = std::array<uint8_t, 16>;
std::optional<IpBytes> parse_ip(std::string_view text);
bool is_loopback(const IpBytes& ip);

/// "10.0.0.0/8", "::1", "2001:db8::/32".
struct Network {
  IpBytes ip{};
  int bits = 128;
  bool has(const IpBytes& other) const;
};
Result<Network> parse_network(std::string_view text);

struct Client {
  std::string address;
  bool shared = false;  // others may come from that address too: this machine, or a proxy that is not trusted
};

/// `peer` is the address at the other end of the connection, `forwarded_for` all X-Forwarded-For headers with commas
/// between, "" without any. What a trusted proxy says is believed, and what it says of another trusted one.
Client client_of(const std::vector<Network>& trusted, std::string_view peer, std::string_view forwarded_for);

/// What is counted as one client: an address, of IPv6 the network of 64 bits that a client has for itself.
std::string rate_key(std::string_view address);

}  // namespace hookswitch
