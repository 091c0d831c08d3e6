#include "engine/cli/descriptors.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include "engine/base/limits.h"

namespace hookswitch::cli {
namespace {

constexpr uint64_t kOwnDescriptors = 256;  // stores, listeners, plugins, requests to providers, bodies that stream in

}  // namespace

std::string take_descriptors(uint64_t connections) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return "";
  if (limit.rlim_cur < limit.rlim_max) {
    const rlim_t given = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = given;
  }
  const uint64_t needed = connections + limits::kRefusedConnections + kOwnDescriptors;
  if (limit.rlim_cur >= needed) return "";
  return fmt::format(
      "limits.connections: found {}, but this process may open {} files, expected at least {} (ulimit -n, "
      "LimitNOFILE=)",
      connections, limit.rlim_cur, needed);
}

}  // namespace hookswitch::cli
