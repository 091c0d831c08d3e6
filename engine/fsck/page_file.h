// LMDB's file format, as far as it is needed to read a file without LMDB (version 1, LMDB 0.9; numbers as the machine
// has them, little-endian here).
//
//   page header    u64 number, u16 -, u16 flags, u16 lower, u16 upper     overflow: u32 count of pages for lower, upper
//   meta           after the header: u32 magic, u32 version, u64 address, u64 map bytes, two trees, u64 last page,
//                  u64 transaction; on pages 0 and 1, the newer one holds
//   tree           u32 (of the first: page size), u16 flags, u16 depth, u64 branches, u64 leaves, u64 overflow pages,
//                  u64 entries, u64 root
//   node           u16 low, u16 high, u16 flags, u16 key bytes, key; a branch: page = low | high << 16 | flags << 32;
//                  a leaf: low | high << 16 bytes of value, or with flag 1 the number of an overflow page that has it
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/error.h"

namespace hookswitch {

constexpr size_t kPageHeadBytes = 16;
constexpr size_t kNodeHeadBytes = 8;
constexpr size_t kTreeBytes = 48;
constexpr uint16_t kBranchPage = 1, kLeafPage = 2, kOverflowPage = 4, kMetaPage = 8;
constexpr uint16_t kBigValue = 1, kSubTree = 2;  // flags of a leaf's node
constexpr uint64_t kNoPage = UINT64_MAX;

struct PageTree {
  uint32_t pad = 0;
  uint16_t flags = 0, depth = 0;
  uint64_t branches = 0, leaves = 0, overflows = 0, entries = 0, root = kNoPage;
  static PageTree decode(std::string_view bytes);  // of kTreeBytes
};

struct PageMeta {
  PageTree free, main;
  uint64_t last_page = 0, txn = 0;
};

struct PageNode {
  std::string_view key;
  uint16_t flags = 0;      // of a leaf
  uint64_t child = 0;      // of a branch; of a big value its first page
  uint32_t bytes = 0;      // of the value
  std::string_view value;  // where it is in the page
};

/// A page in memory whose head was looked at; nothing in it is trusted.
class PageView {
 public:
  PageView(std::string_view bytes) : bytes_(bytes) {}
  uint64_t number() const { return get_le<uint64_t>(bytes_.data()); }
  uint16_t kind() const { return get_le<uint16_t>(bytes_.data() + 10) & 0x0f; }
  uint16_t lower() const { return get_le<uint16_t>(bytes_.data() + 12); }
  uint16_t upper() const { return get_le<uint16_t>(bytes_.data() + 14); }
  uint32_t overflow_pages() const { return get_le<uint32_t>(bytes_.data() + 12); }
  bool head_fits() const { return lower() >= kPageHeadBytes && lower() <= upper() && upper() <= bytes_.size(); }
  size_t nodes() const { return (lower() - kPageHeadBytes) / 2; }
  /// nullopt when it reaches out of the page.
  std::optional<PageNode> node(size_t index) const;

 private:
  std::string_view bytes_;
};

class PageFile {
 public:
  static Result<PageFile> open(const std::string& path);
  PageFile(PageFile&&) noexcept;
  PageFile& operator=(PageFile&&) = delete;
  ~PageFile();

  size_t page_bytes() const { return page_bytes_; }
  uint64_t pages() const { return file_bytes_ / page_bytes_; }
  /// The newest commit. Error: corrupt.
  Result<PageMeta> meta() const;
  /// Error: corrupt when the file ends before, io.
  Result<std::string> read(uint64_t page, uint64_t count = 1) const;

 private:
  PageFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::optional<PageMeta> meta_at(uint64_t page) const;

  std::string path_;
  int fd_;
  size_t page_bytes_ = 4096;
  uint64_t file_bytes_ = 0;
};

}  // namespace hookswitch
