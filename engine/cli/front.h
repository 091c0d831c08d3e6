// Where every request comes in: whose it is, and which part of the engine answers it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "engine/access/client_address.h"
#include "engine/api/api.h"
#include "engine/ingest/ingest.h"

namespace hookswitch::cli {

/// Webhook paths go to intake, everything else to the API. Behind trusted proxies a request's peer becomes the client
/// that they name.
class Front final : public Handler {
 public:
  Front(Ingest& ingest, Api& api, std::vector<Network> trusted_proxies)
      : ingest_(ingest), api_(api), trusted_proxies_(std::move(trusted_proxies)) {}
  std::unique_ptr<Receiver> on_request(Request&& request, std::shared_ptr<Exchange> exchange) override;

 private:
  void warn_of(const std::string& peer);

  Ingest& ingest_;
  Api& api_;
  const std::vector<Network> trusted_proxies_;
  std::atomic<bool> told_{false};  // of a proxy that is not trusted
};

/// Headers for every answer: a browser takes them for nothing but what they say, shows none in a frame, and comes back
/// over TLS when it came over TLS.
HeaderList security_headers(bool tls);

}  // namespace hookswitch::cli
