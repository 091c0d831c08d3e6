#include "engine/cli/front.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace hookswitch::cli {
namespace {

// All X-Forwarded-For headers, as one.
std::string forwarded_for(const Request& request) {
  std::string out;
  for (const auto& [name, value] : request.headers) {
    if (name != "x-forwarded-for") continue;
    if (!out.empty()) out += ',';
    out += value;
  }
  return out;
}

}  // namespace

std::unique_ptr<Receiver> Front::on_request(Request&& request, std::shared_ptr<Exchange> exchange) {
  const std::string said = forwarded_for(request);
  Client client = client_of(trusted_proxies_, request.peer, said);
  if (client.shared && !said.empty() && !told_) warn_of(request.peer);
  request.peer = std::move(client.address);
  request.peer_shared = client.shared || (trusted_proxies_.empty() && !request.header("forwarded").empty());
  Handler& handler = ingest_.serves(request.path()) ? static_cast<Handler&>(ingest_) : api_;
  return handler.on_request(std::move(request), std::move(exchange));
}

// Once: the header can be anybody's.
void Front::warn_of(const std::string& peer) {
  auto ip = parse_ip(peer);
  bool trusted = ip && std::ranges::any_of(trusted_proxies_, [&](const Network& network) { return network.has(*ip); });
  if (trusted || told_.exchange(true)) return;
  spdlog::warn(
      "found X-Forwarded-For in a request of {}: its clients count as one; if it is a proxy of yours, name it in "
      "listen.trusted_proxies",
      peer);
}

HeaderList security_headers(bool tls) {
  HeaderList out{{"X-Content-Type-Options", "nosniff"},
                 {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
                 {"Referrer-Policy", "no-referrer"}};
  if (tls) out.emplace_back("Strict-Transport-Security", "max-age=31536000");
  return out;
}

}  // namespace hookswitch::cli
