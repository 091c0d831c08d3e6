// Every version of the rules that was put in force, by its hash: what a trace names can be looked at and run again.
//
// One folder per version, `<dir>/<hash>/`, laid out as a rules directory: its *.lua and lib/. A folder is written under
// another name and renamed, so it is there whole or not at all.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/rules/rule_source.h"

namespace hookswitch {

class RuleArchive {  // [any], one thread at a time
 public:
  /// `dir` is made with the first version.
  explicit RuleArchive(std::string dir) : dir_(std::move(dir)) {}

  /// Keeps this version, or makes it the newest again when it is kept already.
  Status save(const RuleSource& source) const;
  /// Errors: not_found, and corrupt when the files are no longer those of the hash.
  Result<RuleSource> load(const std::string& hash) const;
  /// Removes the versions whose files are no longer those of their hash, and tells which.
  Result<std::vector<std::string>> remove_damaged() const;
  /// Removes the oldest versions that are not `named` while more than `keep` are there.
  void trim(size_t keep, const std::set<std::string>& named) const;

 private:
  std::string place(const std::string& hash) const { return dir_ + "/" + hash; }

  const std::string dir_;
};

}  // namespace hookswitch
