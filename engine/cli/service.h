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

/// Whether the socket has an IP address, and not a path for example. What is no socket is for the server to refuse.
bool has_ip(int fd);

/// Where others than this machine reach a socket that has an IP address: "0.0.0.0 port 8080"; "" when nobody does.
std::string open_to_others(int fd);

/// `Type=notify`: requests are served, with a line for `systemctl status`.
void tell_ready(const std::string& line);
/// SIGHUP was heard; tell_ready() says when it is done.
void tell_reloading();
void tell_stopping();
/// `WatchdogSec=`: still well. When it has not been said for so long, the process is started anew.
void tell_well();

}  // namespace hookswitch::cli
