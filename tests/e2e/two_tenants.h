// The real engine with two tenants, each with one of everything. Whatever is the second one's says "Zanzibar".
#pragma once

#include <map>
#include <string>

#include "tests/support/engine_process.h"

namespace hookswitch::test {

constexpr const char* kOurs = "B1/L1";
constexpr const char* kTheirs = "B2/L1";
constexpr const char* kMark = "Zanzibar";

class TwoTenants {
 public:
  TwoTenants();

  EngineProcess& engine() { return engine_; }
  /// "nobody", "viewer", "operator", "admin" of all tenants; "our viewer", "our operator", "our admin" of the first.
  cli::HttpAnswer ask(const std::string& as, const std::string& method, const std::string& path,
                      const Json& body = nullptr, const cli::HttpHeaders& more = {});
  /// The second tenant's things by the names that {…} has in `path_of`: "call", "task", ...
  const std::map<std::string, std::string>& theirs() const { return theirs_; }
  const std::map<std::string, std::string>& tokens() const { return tokens_; }
  /// All that the second tenant has, as an administrator sees it.
  Json their_state();

 private:
  Json made(const std::string& method, const std::string& path, const Json& body);
  void converse(const std::string& agent, const std::string& conversation, const std::string& says);
  void make_things_of(const std::string& tenant, const std::string& mark, std::map<std::string, std::string>& ids);

  EngineProcess engine_;
  std::map<std::string, std::string> tokens_;
  std::map<std::string, std::string> ours_, theirs_;
};

}  // namespace hookswitch::test
