#include "engine/outbox/addresses.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "engine/base/owned.h"

namespace hookswitch {
namespace {

using CurlUrl = Owned<CURLU, curl_url_cleanup>;

struct Network4 {
  uint32_t address;
  int bits;
};

// The special-purpose registries of IPv4 (RFC 6890 and its successors).
constexpr std::array<Network4, 14> kPrivate4{{{0x00000000, 8},
                                              {0x0A000000, 8},
                                              {0x64400000, 10},
                                              {0x7F000000, 8},
                                              {0xA9FE0000, 16},
                                              {0xAC100000, 12},
                                              {0xC0000000, 24},
                                              {0xC0000200, 24},
                                              {0xC0A80000, 16},
                                              {0xC6120000, 15},
                                              {0xC6336400, 24},
                                              {0xCB007100, 24},
                                              {0xE0000000, 4},
                                              {0xF0000000, 4}}};

bool is_private4(uint32_t address) {
  return std::ranges::any_of(
      kPrivate4, [&](const Network4& net) { return address >> (32 - net.bits) == net.address >> (32 - net.bits); });
}

uint32_t big_endian(const uint8_t* at) {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | uint32_t{at[3]};
}

bool begins(const uint8_t* bytes, std::initializer_list<uint8_t> with) {
  return std::equal(with.begin(), with.end(), bytes);
}

bool is_private6(const uint8_t* bytes) {
  if (begins(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return is_private4(big_endian(bytes + 12));  // mapped
  if (begins(bytes, {0, 0x64, 0xff, 0x9b})) return is_private4(big_endian(bytes + 12));                       // NAT64
  if (begins(bytes, {0x20, 0x02})) return is_private4(big_endian(bytes + 2));                                 // 6to4
  bool global_unicast = (bytes[0] & 0xe0) == 0x20;  // 2000::/3; all else is local, multicast or unassigned
  return !global_unicast || begins(bytes, {0x20, 0x01, 0x0d, 0xb8});
}

CurlUrl parse(const std::string& url) {
  CurlUrl handle(curl_url());
  if (handle && curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) handle.reset();
  return handle;
}

std::string part(const CurlUrl& url, CURLUPart what) {
  char* text = nullptr;
  if (curl_url_get(url.get(), what, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
  std::string out = text;
  curl_free(text);
  return out;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return c < 128 ? std::tolower(c) : c; });
  return text;
}

std::optional<bool> is_private_literal(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  sockaddr_in v4{.sin_family = AF_INET};
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) return is_private_address(reinterpret_cast<sockaddr*>(&v4));
  sockaddr_in6 v6{.sin6_family = AF_INET6};
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1)
    return is_private_address(reinterpret_cast<sockaddr*>(&v6));
  return std::nullopt;
}

}  // namespace

std::optional<Origin> origin_of(const std::string& url) {
  CurlUrl parsed = parse(url);
  if (!parsed) return std::nullopt;
  Origin out{lower(part(parsed, CURLUPART_SCHEME)), lower(part(parsed, CURLUPART_HOST)),
             std::atoi(part(parsed, CURLUPART_PORT).c_str())};
  if ((out.scheme != "http" && out.scheme != "https") || out.host.empty()) return std::nullopt;
  return out;
}

std::string shown_url(const std::string& url) {
  CurlUrl parsed = parse(url);
  auto origin = origin_of(url);
  if (!parsed || !origin) return "an unreadable URL";
  bool usual = origin->port == (origin->scheme == "https" ? 443 : 80);
  return origin->scheme + "://" + origin->host + (usual ? "" : fmt::format(":{}", origin->port)) +
         part(parsed, CURLUPART_PATH);
}

bool is_private_address(const sockaddr* address) {
  if (address->sa_family == AF_INET)
    return is_private4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  if (address->sa_family == AF_INET6)
    return is_private6(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr.s6_addr);
  return true;
}

std::string address_text(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET)
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
  if (address->sa_family == AF_INET6)
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof text);
  return text;
}

bool names_private_host(const std::string& host) {
  if (auto literal = is_private_literal(host)) return *literal;
  if (host.find('.') == std::string::npos) return true;
  return std::ranges::any_of(std::array{".localhost", ".local", ".internal", ".lan", ".test"},
                             [&](const char* end) { return host.ends_with(end); });
}

}  // namespace hookswitch
