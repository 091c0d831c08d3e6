// Listen addresses as people write them, and peers as text.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace hookswitch {

/// An IPv4 or IPv6 address with its port.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  uint16_t port() const;
  void set_port(uint16_t port);
  /// The IP address alone, "" for other families. IPv4 inside IPv6 is written as IPv4.
  std::string ip() const;
};

/// "127.0.0.1:8080", "[::1]:0". No host names: where a server listens must not depend on a resolver.
Result<SocketAddress> parse_address(std::string_view text);

}  // namespace hookswitch
