#include "engine/cli/front.h"

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
  Client client = client_of(trusted_proxies_, request.peer, forwarded_for(request));
  request.peer = std::move(client.address);
  request.peer_shared = client.shared || (trusted_proxies_.empty() && !request.header("forwarded").empty());
  Handler& handler = ingest_.serves(request.path()) ? static_cast<Handler&>(ingest_) : api_;
  return handler.on_request(std::move(request), std::move(exchange));
}

HeaderList security_headers(bool tls) {
  HeaderList out{{"X-Content-Type-Options", "nosniff"},
                 {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
                 {"Referrer-Policy", "no-referrer"}};
  if (tls) out.emplace_back("Strict-Transport-Security", "max-age=31536000");
  return out;
}

}  // namespace hookswitch::cli
