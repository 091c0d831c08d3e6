#include "tests/powercut/disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace hookswitch::powercut {

Disk::Disk(std::string root) : root_(std::move(root)) {
  nodes_.push_back(std::make_unique<Node>());
  nodes_.front()->dir = true;
}

void Disk::apply(uint64_t number, const Event& event) {
  switch (event.kind) {
    case recorded_make_file:
    case recorded_make_dir:
      return make(number, event);
    case recorded_write:
      return node_of(event).file.write(number, event.offset, event.data);
    case recorded_zeros:
      return node_of(event).file.zeros(number, event.offset, event.offset2);
    case recorded_write_synced:
      return node_of(event).file.sync_last();
    case recorded_resize:
      return node_of(event).file.resize(number, event.offset);
    case recorded_sync_begin:
      syncs_[event.offset] = number;
      return;
    case recorded_sync_end:
      return sync(event);
    case recorded_rename:
      return rename(number, event);
    case recorded_remove: {
      Place at = place(event.text);
      return change(number, at.dir, {{at.name, std::nullopt}});
    }
    case recorded_send:
      return;
    case recorded_surprise:
      break;
  }
  throw std::runtime_error(fmt::format("the recorded program does what this disk does not know: {}", event.text));
}

void Disk::make(uint64_t number, const Event& event) {
  auto node = std::make_unique<Node>();
  node->dir = event.kind == recorded_make_dir;
  nodes_.push_back(std::move(node));
  by_inode_[event.file] = nodes_.size() - 1;
  Place at = place(event.text);
  change(number, at.dir, {{at.name, nodes_.size() - 1}});
}

void Disk::rename(uint64_t number, const Event& event) {
  size_t split = event.text.find('\0');
  Place from = place(event.text.substr(0, split)), to = place(event.text.substr(split + 1));
  size_t moved = nodes_[from.dir]->now.at(from.name);
  if (event.offset == 1) {
    size_t other = nodes_[to.dir]->now.at(to.name);
    if (from.dir == to.dir) return change(number, to.dir, {{from.name, other}, {to.name, moved}});
    throw std::runtime_error("two files of different directories were exchanged");
  }
  if (from.dir == to.dir) return change(number, to.dir, {{from.name, std::nullopt}, {to.name, moved}});
  change(number, to.dir, {{to.name, moved}});
  change(number, from.dir, {{from.name, std::nullopt}});
}

Disk::Place Disk::place(std::string_view path) const {
  if (!path.starts_with(root_ + "/")) throw std::runtime_error(fmt::format("{} is not on the disk", path));
  path.remove_prefix(root_.size() + 1);
  size_t dir = 0;
  for (size_t slash; (slash = path.find('/')) != path.npos; path.remove_prefix(slash + 1))
    dir = nodes_[dir]->now.at(std::string(path.substr(0, slash)));
  return {dir, std::string(path)};
}

void Disk::change(uint64_t number, size_t dir, std::vector<std::pair<std::string, std::optional<size_t>>> names) {
  Node& node = *nodes_[dir];
  for (const auto& [name, to] : names) {
    if (to) node.now[name] = *to;
    if (!to) node.now.erase(name);
  }
  node.pending.push_back({number, std::move(names)});
}

Disk::Node& Disk::node_of(const Event& event) {
  auto found = by_inode_.find(event.file);
  if (found == by_inode_.end())
    throw std::runtime_error(
        fmt::format("a file is written that nobody made, at {}: {}", event.offset, event.data.substr(0, 80)));
  return *nodes_[found->second];
}

namespace {

void settle(std::map<std::string, size_t>& entries,
            const std::vector<std::pair<std::string, std::optional<size_t>>>& names) {
  for (const auto& [name, to] : names) {
    if (to) entries[name] = *to;
    if (!to) entries.erase(name);
  }
}

}  // namespace

void Disk::sync(const Event& event) {
  auto begun = syncs_.extract(event.offset);
  if (begun.empty()) throw std::runtime_error("a sync ends that did not begin");
  // The root was there before the recording began: the one that is synced without having been made.
  Node& node = by_inode_.contains(event.file) ? node_of(event) : *nodes_.front();
  if (!node.dir) return node.file.sync(begun.mapped());
  auto end = std::ranges::find_if(node.pending, [&](const EntryChange& one) { return one.event >= begun.mapped(); });
  for (auto at = node.pending.begin(); at != end; ++at) settle(node.durable, at->names);
  node.pending.erase(node.pending.begin(), end);
}

uint64_t Disk::oldest_pending(uint64_t otherwise) const {
  for (const auto& node : nodes_) {
    if (!node->pending.empty()) otherwise = std::min(otherwise, node->pending.front().event);
    if (auto oldest = node->file.oldest_pending()) otherwise = std::min(otherwise, *oldest);
  }
  return otherwise;
}

Tree Disk::after_cut(const Survival& survival) const {
  Tree tree;
  walk(survival, 0, "", tree);
  return tree;
}

void Disk::walk(const Survival& survival, size_t dir, const std::string& path, Tree& tree) const {
  Entries entries = nodes_[dir]->durable;
  for (const EntryChange& change : nodes_[dir]->pending) {
    if (survival.keeps(change.event, 0)) settle(entries, change.names);
  }
  for (const auto& [name, at] : entries) {
    const Node& node = *nodes_[at];
    tree[path + name] = {node.dir ? nullptr : &node.file, at};
    if (node.dir) walk(survival, at, path + name + "/", tree);
  }
}

}  // namespace hookswitch::powercut
