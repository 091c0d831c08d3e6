#include "engine/http/head_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace hookswitch {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"};

constexpr std::array<bool, 256> allowed_bytes(std::string_view extra) {
  std::array<bool, 256> allowed{};
  for (unsigned char c = '0'; c <= '9'; ++c) allowed[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) allowed[c] = allowed[c - 32] = true;
  for (unsigned char c : extra) allowed[c] = true;
  return allowed;
}

constexpr auto kTokenBytes = allowed_bytes("!#$%&'*+-.^_`|~");
constexpr auto kHostBytes = allowed_bytes("-._~:[]%");

bool all_of(std::string_view text, const std::array<bool, 256>& allowed) {
  return std::ranges::all_of(text, [&](char c) { return allowed[static_cast<unsigned char>(c)]; });
}

std::unexpected<Problem> bad(const char* detail) { return std::unexpected(Problem{400, Refusal::bad_request, detail}); }

// What framing needs to know of the headers; nullptr where absent.
struct Framing {
  const std::string* host = nullptr;
  const std::string* length = nullptr;
  const std::string* coding = nullptr;
};

std::expected<Framing, Problem> find_framing(const Request& request) {
  Framing found;
  for (const auto& [name, value] : request.headers) {
    const std::string** place = nullptr;
    if (name == "host") place = &found.host;
    if (name == "content-length") place = &found.length;
    if (name == "transfer-encoding") place = &found.coding;
    if (place == nullptr) continue;
    if (*place != nullptr) return bad("Host, Content-Length or Transfer-Encoding is given twice");
    *place = &value;
  }
  return found;
}

// http://host[:port]/path: for this host only, so that the two ways to name it cannot disagree.
std::expected<void, Problem> to_origin_form(Request& request, const std::string* host) {
  std::string_view target = request.target;
  size_t scheme = target.starts_with("http://") ? 7 : target.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return bad("the target is not a path");
  std::string_view rest = target.substr(scheme);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (host == nullptr || authority.empty() || !equal_ignoring_case(authority, *host)) {
    return bad("the target names another host than the Host header");
  }
  std::string origin(rest.substr(authority.size()));
  if (!origin.starts_with('/')) origin.insert(0, 1, '/');
  request.target = std::move(origin);
  return {};
}

std::expected<void, Problem> check_target(Request& request, const std::string* host) {
  if (request.target.find('#') != std::string::npos) return bad("the target holds a fragment");
  if (request.target.front() == '/') return {};
  if (request.target == "*" && request.method == "OPTIONS") return {};
  return to_origin_form(request, host);
}

std::expected<uint64_t, Problem> read_length(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // from_chars takes a '-' for signed types only, and never '+', blanks or a base prefix.
  if (error != std::errc() || end != text.data() + text.size()) return bad("Content-Length is not a number");
  return value;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_token(std::string_view name) { return !name.empty() && all_of(name, kTokenBytes); }

std::expected<RequestLine, Problem> split_request_line(std::string_view line) {
  size_t first = line.find(' '), last = line.rfind(' ');
  if (first == line.npos || first == last) return bad("the request line has not three parts");
  RequestLine out{line.substr(0, first), line.substr(first + 1, last - first - 1), 1};
  std::string_view version = line.substr(last + 1);
  if (!is_token(out.method) || out.target.empty() || out.target.find(' ') != line.npos) {
    return bad("the request line has not three parts");
  }
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.') return bad("the version is not HTTP");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return std::unexpected(Problem{505, Refusal::version_unknown, "HTTP/1.1 and HTTP/1.0 are spoken here"});
  }
  if (std::ranges::find(kMethods, out.method) == kMethods.end()) {
    return std::unexpected(Problem{501, Refusal::method_unknown, "the method is not known here"});
  }
  out.minor_version = version.back() - '0';
  return out;
}

std::expected<bool, Problem> apply_head_rules(Request& request, int minor_version) {
  auto found = find_framing(request);
  if (!found) return std::unexpected(found.error());
  if (minor_version == 1 && found->host == nullptr) return bad("Host is missing");
  if (found->host != nullptr && !all_of(*found->host, kHostBytes)) return bad("Host is not a host");
  if (auto target = check_target(request, found->host); !target) return std::unexpected(target.error());
  if (found->coding != nullptr) {
    if (found->length != nullptr) return bad("Content-Length and Transfer-Encoding are both given");
    if (minor_version == 0) return bad("HTTP/1.0 knows no Transfer-Encoding");
    if (!equal_ignoring_case(*found->coding, "chunked")) return bad("Transfer-Encoding is not exactly chunked");
    request.has_body = true;
    return true;
  }
  if (found->length == nullptr) return false;
  auto length = read_length(*found->length);
  if (!length) return std::unexpected(length.error());
  request.content_length = *length;
  request.has_body = *length > 0;
  return false;
}

}  // namespace hookswitch
