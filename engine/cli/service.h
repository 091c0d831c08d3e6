// What the service manager that started this process gives it and wants to hear: systemd's protocol, by its own
// library. Started by anybody else, nothing is given and nobody listens.
#pragma once

#include <string>
#include <vector>

namespace hookswitch::cli {

/// The listening sockets handed over, by the names of `FileDescriptorName=`; there may be several of a name.
struct InheritedSockets {
  std::vector<int> http;  // also those of any other name, when all have the same one
  std::vector<int> https;
  std::vector<std::string> unknown;  // names of those that nobody would serve
};

/// Takes them over: no child inherits them. Once, before the engine starts.
InheritedSockets inherited_sockets();

/// Where others than this machine reach the socket: "0.0.0.0 port 8080", "a socket of family 40"; "" when nobody does.
std::string open_to_others(int fd);

/// `Type=notify`: requests are served, with a line for `systemctl status`.
void tell_ready(const std::string& line);
/// SIGHUP was heard; tell_ready() says when it is done.
void tell_reloading();
void tell_stopping();
/// `WatchdogSec=`: still well. When it has not been said for so long, the process is started anew.
void tell_well();

}  // namespace hookswitch::cli
