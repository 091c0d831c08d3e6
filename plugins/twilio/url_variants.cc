#include "plugins/twilio/url_variants.h"

#include <algorithm>

#include "plugins/lib/form.h"

namespace hookswitch::plugin::twilio {

namespace {

/// A URL in the parts that vary.
struct Url {
  std::string scheme;       // "https"
  std::string credentials;  // "user:pass@" or ""
  std::string host;
  std::string port;  // ":8443" or ""
  std::string path;
  std::string query;  // with "?", or ""

  std::string text() const { return scheme + "://" + credentials + host + port + path + query; }
};

Url take_apart(std::string_view url) {
  Url out;
  size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos)
    return {.scheme = "", .credentials = "", .host = "", .port = "", .path = std::string(url), .query = ""};
  out.scheme = url.substr(0, scheme_end);
  url.remove_prefix(scheme_end + 3);
  size_t authority_end = std::min(url.find_first_of("/?"), url.size());
  std::string_view authority = url.substr(0, authority_end);
  url.remove_prefix(authority_end);
  if (size_t at = authority.rfind('@'); at != std::string_view::npos) {
    out.credentials = authority.substr(0, at + 1);
    authority.remove_prefix(at + 1);
  }
  size_t colon = authority.rfind(':');
  bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  out.host = authority.substr(0, has_port ? colon : authority.size());
  if (has_port) out.port = authority.substr(colon);
  size_t query = std::min(url.find('?'), url.size());
  out.path = url.substr(0, query);
  out.query = url.substr(query);
  return out;
}

void append_percent(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  out += '%';
  out += kDigits[static_cast<unsigned char>(c) >> 4];
  out += kDigits[c & 15];
}

/// Escapes what a browser would: controls, blanks, non-ASCII and `also`; escapes that are there stay.
std::string escaped(std::string_view text, std::string_view also) {
  std::string out;
  for (char c : text) {
    bool keep = c > ' ' && c < 0x7F && also.find(c) == std::string_view::npos;
    keep ? out += c : (append_percent(out, c), out);
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string default_port(const Url& url) { return url.scheme == "https" ? ":443" : ":80"; }

/// As a browser's URL object would print it.
Url normalized(const Url& url) {
  Url out = url;
  out.scheme = lower(url.scheme);
  out.host = lower(url.host);
  out.path = url.path.empty() ? "/" : escaped(url.path, "\"#<>?`{}");
  out.query = escaped(url.query, "\"#<>'");
  return out;
}

/// The query parsed and written again with the escapes of older JavaScript.
std::string rewritten_query(std::string_view query) {
  if (query.empty()) return "";
  constexpr std::string_view kPlain = "-_.!~*'()";
  Form form(query.substr(1));
  std::string out = "?";
  auto append = [&](std::string_view text) {
    for (char c : text) {
      bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   kPlain.find(c) != std::string_view::npos;
      plain ? out += c : (append_percent(out, c), out);
    }
  };
  for (const FormParam& param : form.params()) {
    if (out.size() > 1) out += '&';
    append(param.name);
    out += '=';
    append(param.value);
  }
  return out;
}

void add(std::vector<std::string>& out, std::string url) {
  if (std::ranges::find(out, url) == out.end()) out.push_back(std::move(url));
}

/// The URL as it is, and for WebSockets with the slash at its path's end toggled.
void add_slashes(std::vector<std::string>& out, Url url, bool websocket) {
  add(out, url.text());
  if (!websocket) return;
  if (url.path.ends_with('/')) {
    url.path.pop_back();
  } else {
    url.path += '/';
  }
  add(out, url.text());
}

void add_ports(std::vector<std::string>& out, const Url& url, bool websocket) {
  for (const std::string& port : {url.port, std::string(), url.port.empty() ? default_port(url) : url.port}) {
    Url variant = url;
    variant.port = port;
    add_slashes(out, variant, websocket);
    variant.credentials.clear();
    add_slashes(out, variant, websocket);
  }
}

}  // namespace

std::string_view signed_part(std::string_view url) { return url.substr(0, url.find('#')); }

bool is_websocket(std::string_view url) { return url.starts_with("ws://") || url.starts_with("wss://"); }

std::vector<std::string> url_variants(std::string_view url) {
  std::vector<std::string> out;
  url = signed_part(url);
  add(out, std::string(url));
  Url raw = take_apart(url);
  if (raw.scheme.empty()) return out;
  Url browser = normalized(raw);
  Url rewritten = browser;
  rewritten.query = rewritten_query(raw.query);
  for (const Url& base : {raw, browser, rewritten}) add_ports(out, base, is_websocket(url));
  return out;
}

}  // namespace hookswitch::plugin::twilio
