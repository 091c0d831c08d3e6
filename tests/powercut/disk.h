// A disk as a recording tells it: what of each file and directory is certainly on it, and what may be.
//
// Nothing is taken for granted that POSIX does not promise: a sync makes durable what the file had when it began; an
// entry of a directory is durable when that directory was synced; before that, what was done may be there or not, each
// page by itself. Content is kept in pages, each as it was after one event: a page that reaches the disk brings with it
// what earlier events wrote to it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/powercut/recorded.h"
#include "tests/powercut/survival.h"

namespace hookswitch::powercut {

using Page = std::shared_ptr<const std::string>;  // kPageBytes; null: zeros
using Pages = std::map<uint64_t, Page>;           // by number; those that are missing are zeros

struct Content {
  Pages pages;
  uint64_t bytes = 0;
};

class File {
 public:
  void write(uint64_t event, uint64_t offset, std::string_view data);
  void zeros(uint64_t event, uint64_t offset, uint64_t bytes);
  void resize(uint64_t event, uint64_t bytes);
  /// What events before `event` did is durable.
  void sync(uint64_t event);
  /// The last write is durable, whatever was before it.
  void sync_last();

  bool settled() const { return pending_.empty(); }
  std::optional<uint64_t> oldest_pending() const;
  Content after_cut(const Survival& survival) const;
  uint64_t changes() const { return changes_; }

 private:
  struct Change {
    uint64_t event;
    std::optional<uint64_t> page;  // nullopt: only the size
    Page content;
    uint64_t bytes;  // the file's size then
  };
  void put(uint64_t event, uint64_t page, Page content);
  static void settle(Content& content, const Change& change);
  static Page torn(const Page& before, const Page& after, const Survival& survival, const Change& change);

  Content durable_;
  Content now_;
  std::vector<Change> pending_;
  uint64_t changes_ = 0;
};

/// What is where, by path below the disk's root ("data/log/data.mdb").
struct Found {
  const File* file = nullptr;  // null: a directory
  size_t node = 0;
};
using Tree = std::map<std::string, Found>;

class Disk {
 public:
  /// `root`: the directory, as the recording names it, that was there before it began.
  explicit Disk(std::string root);

  /// Applies event number `number`.
  void apply(uint64_t number, const Event& event);

  /// The first event whose changes are not all durable; `otherwise` when all are.
  uint64_t oldest_pending(uint64_t otherwise) const;
  Tree after_cut(const Survival& survival) const;

 private:
  using Entries = std::map<std::string, size_t>;
  struct EntryChange {
    uint64_t event;
    std::vector<std::pair<std::string, std::optional<size_t>>> names;
  };
  struct Node {
    bool dir = false;
    File file;
    Entries now, durable;
    std::vector<EntryChange> pending;
  };
  struct Place {
    size_t dir;
    std::string name;
  };

  void make(uint64_t number, const Event& event);
  void rename(uint64_t number, const Event& event);
  void sync(const Event& event);
  Place place(std::string_view path) const;
  void change(uint64_t number, size_t dir, std::vector<std::pair<std::string, std::optional<size_t>>> names);
  Node& node_of(const Event& event);
  void walk(const Survival& survival, size_t dir, const std::string& path, Tree& tree) const;

  const std::string root_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<uint64_t, size_t> by_inode_;
  std::map<uint64_t, uint64_t> syncs_;  // under way: from which event on they cover nothing
};

}  // namespace hookswitch::powercut
