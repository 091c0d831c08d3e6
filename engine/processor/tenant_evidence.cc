#include "engine/processor/tenant_evidence.h"

#include <algorithm>

#include "engine/base/hash.h"

namespace hookswitch {

Stamp tenant_stamp(Evidence evidence, std::string_view tenant) {
  return {static_cast<uint8_t>(evidence == Evidence::agent ? 1 : 0), static_cast<int64_t>(evidence), hash64(tenant)};
}

// Where only we know the time it depends on the order of arrival: then the name decides.
Stamp likely_tenant_stamp(const Event& event) {
  const auto time = static_cast<uint64_t>(std::max(int64_t{0}, event.time_ms));
  return {0, static_cast<int64_t>(Evidence::likely), event.time_from_provider ? UINT64_MAX - time : 1};
}

}  // namespace hookswitch
