// Addresses of clients, and what proxies say of them.
#include "engine/access/client_address.h"

#include "engine/base/check.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {

// Lines: a network that is trusted, the peer, and what X-Forwarded-For says.
void try_input(std::string_view input) {
  Input in(input);
  std::vector<Network> trusted;
  std::string_view network = in.line(), peer = in.line(), forwarded_for = in.rest();
  if (auto read = parse_network(network)) {
    ENSURE(read->bits >= 0 && read->bits <= 128 && read->has(read->ip), "{} bits", read->bits);
    trusted.push_back(*read);
  }
  const auto ip = parse_ip(peer);
  if (ip) is_loopback(*ip);
  Client client = client_of(trusted, peer, forwarded_for);
  const bool by_proxy = ip && !trusted.empty() && trusted[0].has(*ip);
  if (!by_proxy) ENSURE(client.address == peer, "{} for {}, who is not trusted", client.address, peer);
  rate_key(client.address);
  rate_key(forwarded_for);
}

}  // namespace hookswitch::fuzz
