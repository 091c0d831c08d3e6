#include "engine/http/address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace hookswitch {
namespace {

sockaddr_in* as_v4(SocketAddress& address) { return reinterpret_cast<sockaddr_in*>(&address.storage); }
sockaddr_in6* as_v6(SocketAddress& address) { return reinterpret_cast<sockaddr_in6*>(&address.storage); }

bool set_ip(SocketAddress& address, std::string_view host) {
  bool v6 = host.starts_with('[') && host.ends_with(']');
  std::string ip(v6 ? host.substr(1, host.size() - 2) : host);
  address.storage.ss_family = v6 ? AF_INET6 : AF_INET;
  address.size = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (v6) return inet_pton(AF_INET6, ip.c_str(), &as_v6(address)->sin6_addr) == 1;
  return inet_pton(AF_INET, ip.c_str(), &as_v4(address)->sin_addr) == 1;
}

}  // namespace

uint16_t SocketAddress::port() const {
  auto& self = const_cast<SocketAddress&>(*this);
  return ntohs(storage.ss_family == AF_INET6 ? as_v6(self)->sin6_port : as_v4(self)->sin_port);
}

void SocketAddress::set_port(uint16_t port) {
  (storage.ss_family == AF_INET6 ? as_v6(*this)->sin6_port : as_v4(*this)->sin_port) = htons(port);
}

std::string SocketAddress::ip() const {
  auto& self = const_cast<SocketAddress&>(*this);
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) inet_ntop(AF_INET, &as_v4(self)->sin_addr, text, sizeof text);
  if (storage.ss_family == AF_INET6) {
    const in6_addr& ip = as_v6(self)->sin6_addr;
    bool mapped = IN6_IS_ADDR_V4MAPPED(&ip);
    inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? &ip.s6_addr[12] : &ip.s6_addr[0], text, sizeof text);
  }
  return text;
}

Result<SocketAddress> parse_address(std::string_view text) {
  SocketAddress address;
  uint16_t port = 0;
  size_t colon = text.rfind(':');
  bool good = colon != text.npos && set_ip(address, text.substr(0, colon));
  if (good) {
    const char *begin = text.data() + colon + 1, *end = text.data() + text.size();
    auto [stop, error] = std::from_chars(begin, end, port);
    good = error == std::errc() && stop == end;
  }
  if (!good) {
    return fail(Code::invalid,
                "read the listen address: found \"{}\", expected IP:PORT such as 127.0.0.1:8080 or [::1]:0", text);
  }
  address.set_port(port);
  return address;
}

}  // namespace hookswitch
