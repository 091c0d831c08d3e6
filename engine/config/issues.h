// Everything that is wrong with a configuration, found in one pass: `file:line: what: found ..., expected ...`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookswitch {

class Issues {
 public:
  explicit Issues(std::string file) : file_(std::move(file)) {}

  /// `what` is the setting, for example "tenants[0].timezone". Neither may hold a secret.
  void error(int line, std::string_view what, std::string_view found, std::string_view expected);
  void warning(int line, std::string_view what, std::string_view found, std::string_view expected);

  bool none() const { return errors_.empty(); }
  /// In the order of their lines.
  std::vector<std::string> errors() const { return printed(errors_); }
  std::vector<std::string> warnings() const { return printed(warnings_); }

 private:
  struct Issue {
    int line;
    std::string text;
  };
  std::vector<std::string> printed(std::vector<Issue> issues) const;

  std::string file_;
  std::vector<Issue> errors_, warnings_;
};

}  // namespace hookswitch
