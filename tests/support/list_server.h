// A provider whose lists can be walked over the network, as slowly as a test likes.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <string>

#include "tests/support/provider_lists.h"
#include "tests/support/raw_server.h"

namespace hookswitch::test {

class ListServer {
 public:
  ProviderLists lists;
  std::atomic<int> hold_ms{0};  // before each answer

  /// What `api_base` has to be.
  std::string url() const { return server_.url(""); }

 private:
  RawServer::Reply answer(const std::string& request) {
    std::string line = request.substr(0, request.find("\r\n"));
    std::string target = line.substr(line.find(' ') + 1);
    auto answered = lists.answer(target.substr(0, target.find(' ')));
    if (!answered) return {};
    std::string headers;
    for (const auto& [name, value] : answered->headers) headers += fmt::format("{}: {}\r\n", name, value);
    return {http_answer(answered->status, answered->body, headers), true, hold_ms};
  }

  RawServer server_{[this](const std::string& request, size_t) { return answer(request); }};  // last: has threads
};

}  // namespace hookswitch::test
