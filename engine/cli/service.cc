#include "engine/cli/service.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdlib>
#include <string_view>

#include "engine/access/client_address.h"
#include "engine/http/address.h"

namespace hookswitch::cli {

InheritedSockets inherited_sockets() {
  InheritedSockets out;
  char** names = nullptr;
  int count = sd_listen_fds_with_names(1, &names);
  bool alike = true;
  for (int i = 0; i < count; ++i) alike = alike && std::string_view(names[i]) == names[0];
  for (int i = 0; i < count; ++i) {
    int fd = SD_LISTEN_FDS_START + i;
    std::string_view name = names[i];
    if (name == "https") {
      out.https.push_back(fd);
    } else if (name == "http" || alike) {
      out.http.push_back(fd);
    } else {
      out.unknown.emplace_back(name);
    }
  }
  for (int i = 0; i < count; ++i) std::free(names[i]);
  std::free(names);
  return out;
}

std::string open_to_others(int fd) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (getsockname(fd, address.get(), &address.size) != 0) return "";  // nothing can be listened on there
  if (address.storage.ss_family == AF_UNIX) return "";
  const auto ip = parse_ip(address.ip());
  if (!ip) return fmt::format("a socket of family {}", address.storage.ss_family);
  return is_loopback(*ip) ? "" : fmt::format("{} port {}", address.ip(), address.port());
}

void tell_ready(const std::string& line) { sd_notify(0, fmt::format("READY=1\nSTATUS={}", line).c_str()); }

void tell_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // the protocol wants it beside the word
  sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1'000).c_str());
}

void tell_stopping() { sd_notify(0, "STOPPING=1\nSTATUS=finishing what is under way"); }

void tell_well() { sd_notify(0, "WATCHDOG=1"); }

}  // namespace hookswitch::cli
