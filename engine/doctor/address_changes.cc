#include "engine/doctor/address_changes.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

namespace hookswitch {
namespace {

constexpr size_t kChangesMax = 200;
constexpr size_t kTextBytes = 512;  // of what a header may add
constexpr size_t kOrderedMax = 4;   // parameters of a query that are tried in every order
constexpr int kQueryDistance = 4;   // of another query: as far as another path

struct Parts {
  std::string scheme, host, port, prefix;  // port with ':'
  std::string text() const { return scheme + "://" + host + port + prefix; }
};

Parts take_apart(std::string_view url) {
  Parts out;
  size_t scheme = url.find("://");
  out.scheme = scheme == std::string_view::npos ? "http" : std::string(url.substr(0, scheme));
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  size_t path = std::min(url.find('/'), url.size());
  out.prefix = url.substr(path);
  std::string_view authority = url.substr(0, path);
  size_t colon = authority.rfind(':');
  bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  out.host = authority.substr(0, has_port ? colon : authority.size());
  if (has_port) out.port = authority.substr(colon);
  return out;
}

/// A value of an alternative and how far it is from what is configured: 0 is what is.
using Options = std::vector<std::pair<std::string, int>>;

void add(Options& to, std::string_view value, int distance) {
  std::string text(value.substr(0, kTextBytes));
  bool there = std::ranges::any_of(to, [&](const auto& each) { return each.first == text; });
  if (!there) to.emplace_back(std::move(text), distance);
}

std::string_view first_of_list(std::string_view text) {
  text = text.substr(0, text.find(','));
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// `host=` or `proto=` of the header Forwarded.
std::string forwarded(const RefusedDelivery& refusal, std::string_view name) {
  std::string_view text = refusal.header("forwarded");
  size_t at = text.find(name);
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + name.size());
  if (text.starts_with('"')) return std::string(text.substr(1, text.find('"', 1) - 1));
  return std::string(text.substr(0, text.find_first_of(";, ")));
}

Options schemes(const RefusedDelivery& refusal, const Parts& configured) {
  Options out;
  add(out, configured.scheme, 0);
  for (std::string_view scheme :
       {first_of_list(refusal.header("x-forwarded-proto")), std::string_view("https"), std::string_view("http")}) {
    if (scheme == "http" || scheme == "https") add(out, scheme, 1);
  }
  return out;
}

/// Host and port together, as headers name them.
Options authorities(const RefusedDelivery& refusal, const KnownAddresses& known, const Parts& configured) {
  Options out;
  add(out, configured.host + configured.port, 0);
  std::string of_forwarded = forwarded(refusal, "host=");
  std::vector<std::string> hosts{configured.host + configured.port};
  for (std::string_view name :
       {first_of_list(refusal.header("x-forwarded-host")), std::string_view(of_forwarded),
        refusal.header("x-original-host"), refusal.header("host"), std::string_view(known.listen)}) {
    if (name.empty()) continue;
    add(out, name, 1);
    hosts.emplace_back(name.substr(0, kTextBytes));
  }
  for (const std::string& host : hosts) {
    std::string bare = take_apart("x://" + host).host;
    add(out, bare, 2);
    std::string_view port = first_of_list(refusal.header("x-forwarded-port"));
    if (!port.empty()) add(out, bare + ":" + std::string(port), 2);
    for (const char* usual : {":8080", ":8443", ":443", ":80"}) add(out, bare + usual, 3);
  }
  return out;
}

Options prefixes(const RefusedDelivery& refusal, const Parts& configured) {
  Options out;
  add(out, configured.prefix, 0);
  std::string_view named = first_of_list(refusal.header("x-forwarded-prefix"));
  while (named.ends_with('/')) named.remove_suffix(1);
  if (!named.empty()) add(out, named, 1);
  add(out, "", 1);
  return out;
}

std::string with_slash_toggled(const RefusedDelivery& refusal) {
  std::string path(refusal.path());
  path.ends_with('/') ? path.pop_back() : path.push_back('/');
  return path + (refusal.query().empty() ? "" : "?" + std::string(refusal.query()));
}

Options targets(const RefusedDelivery& refusal, const KnownAddresses& known) {
  Options out;
  add(out, refusal.target, 0);
  add(out, with_slash_toggled(refusal), 2);
  for (const char* name : {"x-original-url", "x-original-uri", "x-forwarded-uri", "x-rewrite-url"}) {
    std::string_view named = refusal.header(name);
    if (named.starts_with('/')) add(out, named, 1);
  }
  if (!refusal.query().empty()) add(out, refusal.path(), 2);
  std::string query = refusal.query().empty() ? "" : "?" + std::string(refusal.query());
  for (const std::string& path : known.paths) add(out, path + query, 2);
  return out;
}

/// The query as it may have been before it was read and written anew: in other orders, with '+' for a blank.
std::vector<std::string> other_queries(std::string_view query) {
  std::vector<std::string> out, parameters;
  for (std::string_view rest = query; !rest.empty() && parameters.size() <= kOrderedMax;) {
    const size_t end = std::min(rest.find('&'), rest.size());
    parameters.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (parameters.size() <= kOrderedMax) {
    std::ranges::sort(parameters);
    do {
      out.push_back(fmt::format("{}", fmt::join(parameters, "&")));
    } while (std::ranges::next_permutation(parameters).found);
  }
  std::string plus(query);
  for (size_t at = plus.find("%20"); at != std::string::npos; at = plus.find("%20", at)) plus.replace(at, 3, "+");
  out.push_back(std::move(plus));
  std::erase(out, query);
  return out;
}

Change change_of(const RefusedDelivery& refusal, const std::string& configured, const std::string& base,
                 const std::string& target) {
  Change out{.part = ChangedPart::address,
             .apply = [url = base + target](Attempt& attempt) { attempt.url = url; },
             .advice = "",
             .setting = "",
             .value = ""};
  if (base != configured) {
    out.setting = "public_url";
    out.value = base;
    out.advice = fmt::format("It was signed for another address: set public_url to {} (it is {}).", base, configured);
  }
  if (target != refusal.target) {
    std::string_view path = std::string_view(target).substr(0, target.find('?'));
    bool query_only = path == refusal.path();
    out.advice += fmt::format(
        "{}{}", out.advice.empty() ? "" : " ",
        query_only
            ? fmt::format("Its {} was changed on the way: let the proxy pass it on as it came.", "query")
            : fmt::format("It was signed for the path {} and arrived at {}: enter the latter at the provider, or "
                          "let the proxy pass the path on as it came.",
                          path, refusal.path()));
  }
  return out;
}

}  // namespace

std::vector<Change> address_changes(const RefusedDelivery& refusal, const KnownAddresses& known) {
  Parts configured = take_apart(known.public_url);
  std::multimap<int, Change> by_distance;
  for (const auto& [target, far_target] : targets(refusal, known)) {
    for (const auto& [authority, far_authority] : authorities(refusal, known, configured)) {
      for (const auto& [scheme, far_scheme] : schemes(refusal, configured)) {
        for (const auto& [prefix, far_prefix] : prefixes(refusal, configured)) {
          int distance = far_target * 2 + far_authority + far_scheme + far_prefix;
          if (distance == 0) continue;
          std::string base = scheme + "://" + authority + prefix;
          by_distance.emplace(distance, change_of(refusal, known.public_url, base, target));
        }
      }
    }
  }
  for (const std::string& query : other_queries(refusal.query())) {
    const std::string target = fmt::format("{}?{}", refusal.path(), query);
    by_distance.emplace(kQueryDistance, change_of(refusal, known.public_url, known.public_url, target));
  }
  std::vector<Change> out;
  for (auto& [distance, change] : by_distance) {
    if (out.size() < kChangesMax) out.push_back(std::move(change));
  }
  return out;
}

}  // namespace hookswitch
