// Where a request may go: origins of URLs, and which addresses belong to private networks.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

namespace hookswitch {

/// The part of a URL that says whom it reaches, in lower case: "https", "api.example.com", 443.
struct Origin {
  std::string scheme, host;
  int port = 0;
  bool operator==(const Origin&) const = default;
};

/// nullopt when it is no absolute http or https URL.
std::optional<Origin> origin_of(const std::string& url);

/// The URL without user, query and fragment: what may be printed. "an unreadable URL" when it is none.
std::string shown_url(const std::string& url);

/// Whether no address of the public internet: loopback, private, link-local, shared, multicast, reserved; IPv6 forms
/// that carry such an IPv4 address included. So is every family that is not IP.
bool is_private_address(const sockaddr* address);
/// "10.0.0.1", "::1"; "" for other families.
std::string address_text(const sockaddr* address);

/// Whether whoever wrote this host into a base URL can only have meant a private network: an address of one, a name
/// without a dot, or one under .localhost, .local, .internal, .lan or .test.
bool names_private_host(const std::string& host);

}  // namespace hookswitch
