// Other addresses under which the provider may have known us: scheme, host, port, path, slash and query.
#pragma once

#include <string>
#include <vector>

#include "engine/doctor/attempt.h"

namespace hookswitch {

struct KnownAddresses {
  std::string public_url;          // as configured
  std::string listen;              // "127.0.0.1:8080", or ""
  std::vector<std::string> paths;  // other paths that lead to the same source
};

/// Those that differ least from what is configured first; none that is the same.
std::vector<Change> address_changes(const RefusedDelivery& refusal, const KnownAddresses& known);

}  // namespace hookswitch
