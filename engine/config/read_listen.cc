#include <charconv>
#include <filesystem>

#include "engine/access/client_address.h"
#include "engine/config/readers.h"

namespace hookswitch {
namespace {

constexpr int kThreadsMax = 64;
constexpr uint64_t kTracesMax = 100'000'000;

struct Address {
  IpBytes ip;
  unsigned port = 0;
};

// "IP:port" or "[v6]:port"; port 0 lets the system choose. No host names: where an engine listens must not depend on a
// resolver.
std::optional<Address> address_of(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  std::string host = text.substr(0, colon);
  const bool v6 = host.front() == '[' && host.back() == ']';
  if (v6 != (host.find(':') != std::string::npos)) return std::nullopt;
  auto ip = parse_ip(v6 ? host.substr(1, host.size() - 2) : host);
  unsigned port = 0;
  auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  if (!ip || error != std::errc() || end != text.data() + text.size() || port > 65535) return std::nullopt;
  return Address{*ip, port};
}

bool is_address(const std::string& text) { return address_of(text).has_value(); }

// Whether who listens on `ip` also gets what comes to `other`.
bool takes(const IpBytes& ip, const IpBytes& other) {
  const bool every = ip == parse_ip("::"), every_v4 = ip == parse_ip("0.0.0.0");
  return ip == other || every || (every_v4 && parse_network("0.0.0.0/0")->has(other));
}

// Whether only one of them can be listened on.
bool are_one(const std::string& one, const std::string& other) {
  const auto a = address_of(one), b = address_of(other);
  return a && b && a->port == b->port && a->port != 0 && (takes(a->ip, b->ip) || takes(b->ip, a->ip));
}

void read_address(Section& section, const std::string& key, std::string& to) {
  section.read(key, to);
  if (section.has(key) && !is_address(to)) section.refuse(key, "IP:port, for example 0.0.0.0:8443");
}

void read_https(Section section, std::optional<HttpsConfig>& https) {
  HttpsConfig out;
  section.require("address", "IP:port, for example 0.0.0.0:8443");
  section.require("cert", "the name of a PEM file");
  section.require("key", "the name of a PEM file");
  read_address(section, "address", out.address);
  section.read("cert", out.cert);
  section.read("key", out.key);
  section.finish();
  https = out;
}

// Whether nobody but this machine can connect to it.
bool is_own(const std::string& address) {
  std::string host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  auto ip = parse_ip(host);
  return ip && is_loopback(*ip);
}

// Tokens and what people said on the phone would go over the network for everybody to read.
void check_insecure(Section& section, const ListenConfig& listen) {
  if (listen.http.empty() || listen.insecure || !is_address(listen.http) || is_own(listen.http)) return;
  section.error("http", "\"" + listen.http + "\", which others can reach without TLS",
                "an address of this machine alone such as 127.0.0.1:8080, or `https`; if it has to be, say "
                "`insecure: true` beside it");
}

void read_proxies(Section& section, std::vector<std::string>& proxies) {
  proxies = section.read_texts("trusted_proxies");
  for (const std::string& proxy : proxies) {
    if (!parse_network(proxy))
      section.error("trusted_proxies", "\"" + proxy + "\"", "addresses and networks such as 10.0.0.0/8");
  }
}

std::string url_of_address(const std::string& scheme, std::string address) {
  for (const std::string every : {"0.0.0.0:", "[::]:"}) {
    if (address.starts_with(every)) address = "127.0.0.1:" + address.substr(every.size());
  }
  return scheme + "://" + address;
}

// Of a URL: a name or an address, and perhaps a port.
bool may_be_host(std::string_view host) {
  if (host.contains('@')) return false;
  const size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  if (colon == std::string_view::npos) return !host.empty();
  const std::string_view port = host.substr(colon + 1);
  unsigned number = 0;
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return colon > 0 && error == std::errc() && end == port.data() + port.size() && number > 0 && number <= 65535;
}

// Whether it is one, or can be made where it is to be.
bool may_be_dir(std::filesystem::path path) {
  std::error_code error;
  while (!path.empty() && !std::filesystem::exists(path, error)) path = path.parent_path();
  return path.empty() || std::filesystem::is_directory(path, error);
}

}  // namespace

void read_listen(Section section, ListenConfig& listen) {
  section.read("http", listen.http);
  if (listen.http == "off" || listen.http == "false") {
    listen.http.clear();
    if (!section.has("https")) section.refuse("http", "an address, since there is no https");
  } else if (!is_address(listen.http)) {
    section.refuse("http", "IP:port, for example 127.0.0.1:8080, or off");
  }
  if (section.has("https")) read_https(section.section("https"), listen.https);
  if (listen.https && are_one(listen.http, listen.https->address))
    section.error("https", listen.https->address + ", where http (" + listen.http + ") listens",
                  "an address of its own, or `http: off`");
  section.read_count("threads", 1, kThreadsMax, listen.threads);
  if (auto word = section.read_word("insecure", {"false", "true"})) listen.insecure = *word == 1;
  check_insecure(section, listen);
  read_proxies(section, listen.trusted_proxies);
  section.finish();
}

void read_public_url(Section& root, const ListenConfig& listen, std::string& public_url) {
  public_url = listen.https ? url_of_address("https", listen.https->address) : url_of_address("http", listen.http);
  root.read("public_url", public_url);
  while (public_url.ends_with('/')) public_url.pop_back();
  size_t scheme = public_url.starts_with("https://") ? 8 : public_url.starts_with("http://") ? 7 : 0;
  const bool whole = scheme > 0 && public_url.size() > scheme && public_url.find_first_of("?# ") == std::string::npos;
  const std::string_view host = std::string_view(public_url).substr(scheme, public_url.find('/', scheme) - scheme);
  if (root.has("public_url") && (!whole || !may_be_host(host)))
    root.refuse("public_url", "http:// or https://, a host, perhaps a port, and neither user nor query");
}

// It is made when missing; its own, for what lies in it is the engine's.
void read_data_dir(Section& root, std::string& data_dir) {
  root.read("data_dir", data_dir);
  const std::filesystem::path dir = std::filesystem::path(data_dir).lexically_normal();
  const bool is_text = root.has("data_dir") && root.node("data_dir").IsScalar();
  const bool said_empty = is_text && root.node("data_dir").Scalar().empty();
  if (said_empty || dir == "/" || !may_be_dir(dir)) root.refuse("data_dir", "a directory of its own");
}

void read_rules(Section section, RulesConfig& rules) {
  section.read("dir", rules.dir);
  if (auto word = section.read_word("reload", {"watch", "signal", "off"})) {
    rules.reload = static_cast<RulesReload>(*word);
  }
  if (auto word = section.read_word("tests", {"off", "warn", "block"})) rules.tests = static_cast<RuleTestMode>(*word);
  section.finish();
}

void read_trace(Section section, TraceConfig& trace) {
  section.read_count("keep", 0, kTracesMax, trace.keep);
  section.finish();
}

}  // namespace hookswitch
