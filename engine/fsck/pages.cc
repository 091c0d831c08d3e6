#include "engine/fsck/pages.h"

#include <vector>

#include "engine/fsck/page_file.h"

namespace hookswitch {
namespace {

constexpr uint64_t kFindingsMax = 200;
// Pages that a commit took and gave back at once are in use by its count and never written.
constexpr uint64_t kPagesBeyondFile = 1 << 20;
constexpr int kPinAttempts = 50;
constexpr uint64_t kOverflowHead = 4'096;  // pages of one value that are read at once in looking at a free list

/// What must hold of the keys on a page: at least `low`, and less than `high` unless that is "".
struct Bounds {
  std::string low, high;
};

class Walk {
 public:
  Walk(const PageCheck& check, const PageFile& file, const PageMeta& meta,
       const std::function<void(const PageFinding&)>& found)
      : check_(check),
        file_(file),
        meta_(meta),
        found_(found),
        used_(std::min(meta.last_page + 1, file.pages() + kPagesBeyondFile)) {}

  PageSummary run() {
    use(0, "");
    use(1, "");
    table_ = "free";
    free_list_ = true;
    tree(meta_.free);
    free_list_ = false;
    table_.clear();
    tree(meta_.main);
    for (const auto& [name, of] : tables_) {
      table_ = name;
      tree(of);
    }
    return summary_;
  }

 private:
  struct Counts {
    uint64_t branches = 0, leaves = 0, overflows = 0, entries = 0;
  };

  void find(const std::string& table, uint64_t page, std::string what) {
    if (summary_.findings++ < kFindingsMax) found_({table, page, std::move(what)});
  }
  void find(uint64_t page, std::string what) { find(table_, page, std::move(what)); }

  bool use(uint64_t page, std::string_view why) {
    if (page >= used_.size()) {
      find(page, fmt::format("{} lies beyond the last page, {}", why, meta_.last_page));
      return false;
    }
    if (used_[page]) {
      find(page, fmt::format("{} is used twice", why));
      return false;
    }
    used_[page] = true;
    return true;
  }

  bool may_read() {
    if (summary_.pages < check_.pages_max) return ++summary_.pages != 0;
    summary_.complete = false;
    return false;
  }

  void tree(const PageTree& of) {
    if (of.root == kNoPage) {
      if (of.entries != 0) find(0, fmt::format("it should have {} entries and has no page", of.entries));
      return;
    }
    const uint64_t findings = summary_.findings;
    Counts counts;
    integer_keys_ = free_list_;
    page(of.root, 1, of.depth, {}, counts);
    const bool whole = summary_.complete && summary_.findings == findings && !skips_leaves();
    if (whole && (counts.branches != of.branches || counts.leaves != of.leaves || counts.overflows != of.overflows ||
                  counts.entries != of.entries)) {
      find(of.root, fmt::format("it has {} entries on {} leaves, {} branches and {} pages of large values, and counts "
                                "{}, {}, {} and {}",
                                counts.entries, counts.leaves, counts.branches, counts.overflows, of.entries, of.leaves,
                                of.branches, of.overflows));
    }
  }

  bool skips_leaves() const { return !check_.leaves && !table_.empty() && !free_list_; }

  void page(uint64_t number, int level, int depth, const Bounds& bounds, Counts& counts) {
    if (!use(number, "a page") || (level == depth && skips_leaves()) || !may_read()) return;
    auto bytes = file_.read(number);
    if (!bytes) return find(number, bytes.error().message);
    const PageView view(*bytes);
    const uint16_t expected = level == depth ? kLeafPage : kBranchPage;
    if (view.number() != number) return find(number, fmt::format("it says that it is page {}", view.number()));
    if (view.kind() != expected) return find(number, fmt::format("its kind is {}, expected {}", view.kind(), expected));
    if (!view.head_fits()) return find(number, "its head does not fit in it");
    if (expected == kBranchPage && view.nodes() == 0) return find(number, "it leads nowhere");
    ++(expected == kLeafPage ? counts.leaves : counts.branches);
    if (!check_nodes(number, view, bounds)) return;
    if (expected == kLeafPage) return leaf(number, view, counts);
    for (size_t i = 0; i < view.nodes(); ++i) {
      Bounds below{i == 0 ? bounds.low : std::string(view.node(i)->key), bounds.high};
      if (i + 1 < view.nodes()) below.high = view.node(i + 1)->key;
      page(view.node(i)->child, level + 1, depth, below, counts);
    }
  }

  bool less(std::string_view a, std::string_view b) const {
    if (integer_keys_ && a.size() == 8 && b.size() == 8) {
      return get_le<uint64_t>(a.data()) < get_le<uint64_t>(b.data());
    }
    return a < b;
  }

  bool check_nodes(uint64_t number, const PageView& view, const Bounds& bounds) {
    const bool branch = view.kind() == kBranchPage;
    std::string_view before;
    for (size_t i = 0; i < view.nodes(); ++i) {
      const auto node = view.node(i);
      if (!node) return find(number, fmt::format("its entry {} reaches out of the page", i)), false;
      if (branch && i == 0) continue;  // the first key of a branch is not looked at
      const std::string_view key = node->key;
      if (key.empty()) return find(number, fmt::format("its entry {} has no key", i)), false;
      const bool first = i == (branch ? 1u : 0u);
      if (!first && !less(before, key))
        return find(number, fmt::format("its key {} is not after the one before", i)), false;
      if ((!bounds.low.empty() && less(key, bounds.low)) || (!bounds.high.empty() && !less(key, bounds.high))) {
        return find(number, fmt::format("its key {} does not belong here", i)), false;
      }
      before = key;
    }
    return true;
  }

  void leaf(uint64_t number, const PageView& view, Counts& counts) {
    counts.entries += view.nodes();
    for (size_t i = 0; i < view.nodes(); ++i) {
      const PageNode node = *view.node(i);
      if (node.flags & kBigValue) big_value(number, node, counts);
      if (free_list_ && !(node.flags & kBigValue)) free_pages(number, node.value);
      if (!table_.empty() || free_list_) continue;
      if (!(node.flags & kSubTree) || node.value.size() != kTreeBytes) {
        find(number, fmt::format("\"{}\" is no table", node.key));
        continue;
      }
      tables_.emplace_back(std::string(node.key), PageTree::decode(node.value));
    }
  }

  void big_value(uint64_t number, const PageNode& node, Counts& counts) {
    const uint64_t pages = (kPageHeadBytes + uint64_t{node.bytes} + file_.page_bytes() - 1) / file_.page_bytes();
    counts.overflows += pages;
    for (uint64_t i = 0; i < pages; ++i) {
      if (!use(node.child + i, "a page of a large value")) return;
    }
    if (node.child + pages > file_.pages()) return find(number, "the file ends before a large value does");
    if (!may_read()) return;
    auto bytes = file_.read(node.child, free_list_ ? std::min(pages, kOverflowHead) : 1);
    if (!bytes) return find(number, bytes.error().message);
    const PageView head(*bytes);
    if (head.number() != node.child || head.kind() != kOverflowPage || head.overflow_pages() != pages) {
      return find(node.child, fmt::format("it is not the first of {} pages of a large value", pages));
    }
    if (free_list_) free_pages(number, std::string_view(*bytes).substr(kPageHeadBytes, node.bytes));
  }

  void free_pages(uint64_t number, std::string_view list) {
    ByteReader in(list);
    const auto count = in.le<uint64_t>();
    if (count > in.left() / 8) return find(number, "a list of free pages is longer than its place");
    for (uint64_t i = 0; i < count; ++i) use(in.le<uint64_t>(), "a free page");
  }

  const PageCheck& check_;
  const PageFile& file_;
  const PageMeta& meta_;
  const std::function<void(const PageFinding&)>& found_;
  PageSummary summary_;
  std::vector<bool> used_;
  std::string table_;
  bool free_list_ = false;
  bool integer_keys_ = false;
  std::vector<std::pair<std::string, PageTree>> tables_;
};

/// The newest commit, held by `pin`: what was newest before and after was newest when it took hold.
Result<PageMeta> pinned_meta(const PageFile& file, const std::function<Status()>& pin) {
  auto meta = file.meta();
  for (int attempt = 0; meta && pin; ++attempt) {
    if (auto held = pin(); !held) return std::unexpected(held.error());
    auto now = file.meta();
    if (!now || now->txn == meta->txn) return now;
    if (attempt == kPinAttempts) return fail(Code::unavailable, "look at the pages: there is always another commit");
    meta = std::move(now);
  }
  return meta;
}

}  // namespace

Result<PageSummary> check_pages(const PageCheck& check, const std::function<void(const PageFinding&)>& found,
                                const std::function<Status()>& pin) {
  auto file = PageFile::open(check.file);
  if (!file && file.error().code != Code::corrupt) return std::unexpected(file.error());
  auto meta = file ? pinned_meta(*file, pin) : Result<PageMeta>(std::unexpected(file.error()));
  if (!meta && meta.error().code != Code::corrupt) return std::unexpected(meta.error());
  if (!meta) {
    found({"", 0, meta.error().message});
    return PageSummary{.findings = 1};
  }
  auto again = PageFile::open(check.file);  // it may have grown since
  if (!again) return std::unexpected(again.error());
  return Walk(check, *again, *meta, found).run();
}

}  // namespace hookswitch
