// A disk after a cut, as files: what is opened and checked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "tests/powercut/disk.h"

namespace hookswitch::powercut {

/// Most of a disk is as it was at the cut before, so only what may differ is written. Whoever checks an image may write
/// into the directories named `log` and `state`, may move and remove those whose names begin with `state`, and nothing
/// else.
class Image {
 public:
  explicit Image(std::string dir);

  void write(const Tree& tree, const Survival& survival);
  const std::string& dir() const { return dir_; }

 private:
  void remove_others(const Tree& tree);

  const std::string dir_;
  std::map<std::string, std::pair<size_t, uint64_t>> kept_;  // node and its changes of files that are as they should be
};

}  // namespace hookswitch::powercut
