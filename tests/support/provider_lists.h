// Conversations and calls that a provider knows, as its lists show them page by page: for a client inside the process,
// or behind a server.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/outbox/http_client.h"

namespace hookswitch::test {

class ProviderLists {
 public:
  /// Instead of the usual answer, for a request's path and query, the n-th time from 1; nullopt: the usual one.
  using Fault = std::function<std::optional<HttpResult>(const std::string& target, int nth)>;

  void add_conversation(const std::string& id, const Json& conversation);
  void add_call(const Json& call);
  void set_fault(Fault fault);
  void set_page_size(size_t rows) { page_size_ = rows; }
  /// Paths and queries, in order.
  std::vector<std::string> asked() const;
  size_t asked_of(const std::string& part) const;

  /// [any] What is added must be added before.
  HttpResult answer(const std::string& target);

 private:
  Json conversations(const std::string& target) const;
  Json calls(const std::string& target) const;

  mutable std::mutex mutex_;
  std::map<std::string, Json> conversations_;
  std::vector<Json> calls_;
  std::vector<std::string> asked_;
  std::map<std::string, int> times_;
  Fault fault_;
  size_t page_size_ = 100;
};

/// A conversation as their API gives it: `n` decides who calls when, for how long, and how it went.
Json made_conversation(int n);
std::string conversation_id(int n);
/// The same as the post-call webhook brings it.
std::string webhook_of(const Json& conversation);

}  // namespace hookswitch::test
