#include "engine/cli/service.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdlib>
#include <optional>
#include <string_view>

#include "engine/access/client_address.h"
#include "engine/http/address.h"

namespace hookswitch::cli {
namespace {

// nullopt: it is no socket.
std::optional<SocketAddress> address_of(int fd) {
  SocketAddress out;
  out.size = sizeof out.storage;
  return getsockname(fd, out.get(), &out.size) == 0 ? std::optional(out) : std::nullopt;
}

}  // namespace

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

bool has_ip(int fd) {
  const auto address = address_of(fd);
  return !address || !address->ip().empty();
}

std::string open_to_others(int fd) {
  const auto address = address_of(fd);
  const auto ip = address ? parse_ip(address->ip()) : std::nullopt;
  return !ip || is_loopback(*ip) ? "" : fmt::format("{} port {}", address->ip(), address->port());
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
