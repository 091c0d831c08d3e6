#include "engine/access/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace hookswitch {
namespace {

constexpr IpBytes kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;
constexpr int kClientBits = 64;  // of IPv6, that one client has for itself

bool is_v4(const IpBytes& ip) { return std::equal(ip.begin(), ip.begin() + kMappedBits / 8, kMappedPrefix.begin()); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Proxies may write a port: 192.0.2.1:4711, [2001:db8::1]:4711.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  size_t colon = text.find(':');
  bool one = colon != text.npos && text.find(':', colon + 1) == text.npos;
  return one ? text.substr(0, colon) : text;
}

bool trusts(const std::vector<Network>& networks, const IpBytes& ip) {
  return std::ranges::any_of(networks, [&](const Network& network) { return network.has(ip); });
}

std::string text_of(const IpBytes& ip) {
  char text[INET6_ADDRSTRLEN] = "";
  is_v4(ip) ? inet_ntop(AF_INET, &ip[12], text, sizeof text) : inet_ntop(AF_INET6, ip.data(), text, sizeof text);
  return text;
}

}  // namespace

std::optional<IpBytes> parse_ip(std::string_view text) {
  std::string whole(text);
  if (whole.find('\0') != whole.npos) return std::nullopt;  // where C would stop reading
  IpBytes out = kMappedPrefix;
  if (inet_pton(AF_INET, whole.c_str(), &out[12]) == 1) return out;
  if (inet_pton(AF_INET6, whole.c_str(), out.data()) == 1) return out;
  return std::nullopt;
}

bool is_loopback(const IpBytes& ip) {
  if (is_v4(ip)) return ip[12] == 127;
  IpBytes one{};
  one[15] = 1;
  return ip == one;
}

bool Network::has(const IpBytes& other) const {
  int whole = bits / 8, rest = bits % 8;
  if (!std::equal(ip.begin(), ip.begin() + whole, other.begin())) return false;
  if (rest == 0) return true;
  auto mask = static_cast<uint8_t>(0xff << (8 - rest));
  auto at = static_cast<size_t>(whole);
  return (ip[at] & mask) == (other[at] & mask);
}

Result<Network> parse_network(std::string_view text) {
  size_t slash = std::min(text.find('/'), text.size());
  auto ip = parse_ip(text.substr(0, slash));
  Network out;
  bool good = ip.has_value();
  if (good) out.ip = *ip;
  if (good && slash < text.size()) {
    std::string_view bits = text.substr(slash + 1);
    int most = is_v4(*ip) ? 32 : 128;
    auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), out.bits);
    good = error == std::errc() && end == bits.data() + bits.size() && out.bits >= 0 && out.bits <= most;
    if (is_v4(*ip)) out.bits += kMappedBits;
  }
  if (good) return out;
  return fail(Code::invalid, "found \"{}\", expected an address or a network such as 10.0.0.0/8", text.substr(0, 80));
}

Client client_of(const std::vector<Network>& trusted, std::string_view peer, std::string_view forwarded_for) {
  Client out{std::string(peer), false};
  // Every request passes here; most need nothing taken apart.
  if (trusted.empty()) {
    out.shared = !forwarded_for.empty() || peer.starts_with("127.") || peer == "::1";
    return out;
  }
  auto ip = parse_ip(peer);
  if (!ip || !trusts(trusted, *ip)) {
    out.shared = !forwarded_for.empty() || (ip && is_loopback(*ip));
    return out;
  }
  // Each proxy adds at the right whom it has heard: the first one from there who is no proxy of ours is the client.
  out.shared = true;
  while (!forwarded_for.empty() && ip && trusts(trusted, *ip)) {
    size_t comma = forwarded_for.rfind(',');
    size_t begin = comma == forwarded_for.npos ? 0 : comma + 1;
    ip = parse_ip(without_port(trimmed(forwarded_for.substr(begin))));
    forwarded_for = forwarded_for.substr(0, comma == forwarded_for.npos ? 0 : comma);
    if (ip) out.address = text_of(*ip);
  }
  out.shared = !ip || trusts(trusted, *ip) || is_loopback(*ip);
  return out;
}

std::string rate_key(std::string_view address) {
  auto ip = parse_ip(address);
  if (!ip || is_v4(*ip)) return std::string(address);
  std::fill(ip->begin() + kClientBits / 8, ip->end(), uint8_t{0});
  return text_of(*ip) + "/64";
}

}  // namespace hookswitch
