// `hookswitch send`: posts a file to a running engine, signed as its provider would. For development and
// demonstrations.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>

#include "engine/base/clock.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/cli/sources.h"
#include "engine/config/config.h"
#include "engine/providers/provider.h"

namespace hookswitch::cli {
namespace {

constexpr int kRepeatMax = 1'000'000;

struct SendOptions {
  std::string source, file, url, kind;
  int repeat = 1;
};

/// Where a delivery goes: `http://host:port` + path + "?" + query.
struct Target {
  std::string base, path, query;
  std::string key_pin;  // of the engine that was found running

  std::string text(const std::string& in_front, const std::string& raw_query) const {
    return in_front + path + (raw_query.empty() ? "" : "?" + raw_query);
  }
};

/// One delivery before it is signed.
struct Letter {
  Target target;
  std::string kind, body, content_type;
};

Result<std::string> read_body(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  std::ostringstream body;
  body << in.rdbuf();  // of a directory: bad, where an iterator would throw
  if (!in.is_open() || body.bad()) {
    return fail(Code::io, "read {}: found nothing to read, expected a file with the body of a delivery", file);
  }
  return body.str();
}

std::string content_type_of(const std::string& body) {
  bool json = body.starts_with('{') || body.starts_with('[');
  return json ? "application/json" : "application/x-www-form-urlencoded";
}

Result<Target> take_apart(const std::string& url) {
  size_t scheme_end = url.find("://");
  if (scheme_end == std::string::npos) {
    return fail(Code::invalid, "send to {}: found no scheme, expected http://host:port/path", url);
  }
  std::string whole = url.substr(0, url.find('#'));
  size_t path = std::min(whole.find_first_of("/?", scheme_end + 3), whole.size());
  size_t query = std::min(whole.find('?', path), whole.size());
  return Target{whole.substr(0, path), whole.substr(path, query - path),
                query == whole.size() ? "" : whole.substr(query + 1), ""};
}

/// The kind that the engine will find in the path: of a route, or what follows the source.
std::string kind_of(const Config& config, const std::string& path, const std::string& source) {
  for (const RouteConfig& route : config.routes) {
    if (route.path == path) return route.kind;
  }
  std::string prefix = "/hooks/" + source + "/";
  return path.starts_with(prefix) ? path.substr(prefix.size()) : "";
}

Result<Letter> compose(const Config& config, const SendOptions& options) {
  auto address = options.url.empty() ? default_address(config) : EngineAddress{options.url, ""};
  if (!address) return std::unexpected(address.error());
  auto target = take_apart(address->base_url);
  if (!target) return std::unexpected(target.error());
  target->key_pin = address->key_pin;
  if (target->path.empty() || target->path == "/") {
    target->path = "/hooks/" + options.source + (options.kind.empty() ? "" : "/" + options.kind);
  }
  auto body = read_body(options.file);
  if (!body) return std::unexpected(body.error());
  std::string kind = options.kind.empty() ? kind_of(config, target->path, options.source) : options.kind;
  std::string type = content_type_of(*body);
  return Letter{std::move(*target), std::move(kind), std::move(*body), std::move(type)};
}

/// Signs what the engine will take the request for: its public URL, whatever address it is sent to.
Result<HttpAnswer> post(const Config& config, const Source& source, const Letter& letter) {
  HttpHeaders headers{{"content-type", letter.content_type}};
  std::string url = letter.target.text(config.public_url, letter.target.query);
  DeliveryRequest delivery;
  delivery.url = url;
  delivery.path = letter.target.path;
  delivery.query = letter.target.query;
  delivery.kind = letter.kind;
  delivery.headers = &headers;
  delivery.body = letter.body;
  delivery.now_ms = SystemClock().now_ms();
  auto made = source.sign(delivery);
  if (!made) return std::unexpected(made.error());
  headers.insert(headers.end(), made->headers.begin(), made->headers.end());
  const std::string& query = made->query.empty() ? letter.target.query : made->query;
  return request("POST", letter.target.text(letter.target.base, query), headers, letter.body, letter.target.key_pin);
}

void print_answer(const Context& context, const HttpAnswer& answer) {
  if (context.json) {
    print_json({{"status", answer.status}, {"content_type", answer.content_type}, {"body", answer.body}});
  } else {
    fmt::print("{} {}\n", answer.status, answer.body);
  }
}

int send(const Context& context, const SendOptions& options) {
  ConfigReading reading = load_config(config_path(context));
  for (const std::string& line : reading.errors) fmt::print(stderr, "{}\n", line);
  if (!reading.ok()) return kFailed;
  Providers providers;
  auto sources = open_sources(reading.config, providers, {options.source});
  if (!sources) return report(sources.error());
  auto letter = compose(reading.config, options);
  if (!letter) return report(letter.error());
  int outcome = kDone;
  for (int i = 0; i < options.repeat; ++i) {
    auto answer = post(reading.config, *sources->front(), *letter);
    if (!answer) return report(answer.error());
    print_answer(context, *answer);
    if (answer->status < 200 || answer->status > 299) outcome = kFailed;
  }
  return outcome;
}

}  // namespace

void add_send(Verb& program, const Context& context) {
  auto options = std::make_shared<SendOptions>();
  auto verb = program.add_verb("send", "post a file to a running engine, signed as its provider would");
  verb.add_option("source", options->source, "a source of the configuration: its secret signs").required();
  verb.add_option("file", options->file, "the body; - reads standard input").required();
  verb.add_option("--url", options->url, "where to; by default the running engine, /hooks/SOURCE[/KIND]");
  verb.add_option("--kind", options->kind, "which of the provider's webhooks; by default what the path says");
  verb.add_option("--repeat", options->repeat, "how often").in_range(1, kRepeatMax);
  verb.footer("Example: hookswitch send twilio tests/fixtures/twilio/voice.inbound.form --kind voice");
  verb.runs([&context, options] { return send(context, *options); });
}

}  // namespace hookswitch::cli
