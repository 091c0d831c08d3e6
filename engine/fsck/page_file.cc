#include "engine/fsck/page_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace hookswitch {
namespace {

constexpr uint32_t kMagic = 0xBEEFC0DE;
constexpr uint32_t kVersion = 1;
constexpr size_t kMetaBytes = 24 + 2 * kTreeBytes + 16;

std::string pread_all(int fd, uint64_t at, size_t bytes) {
  std::string out(bytes, '\0');
  size_t have = 0;
  while (have < bytes) {
    const ssize_t got = ::pread(fd, out.data() + have, bytes - have, static_cast<off_t>(at + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<size_t>(got);
  }
  out.resize(have);
  return out;
}

}  // namespace

PageTree PageTree::decode(std::string_view bytes) {
  ByteReader in(bytes);
  PageTree out;
  out.pad = in.le<uint32_t>();
  out.flags = in.le<uint16_t>();
  out.depth = in.le<uint16_t>();
  out.branches = in.le<uint64_t>();
  out.leaves = in.le<uint64_t>();
  out.overflows = in.le<uint64_t>();
  out.entries = in.le<uint64_t>();
  out.root = in.le<uint64_t>();
  return out;
}

std::optional<PageNode> PageView::node(size_t index) const {
  const size_t at = get_le<uint16_t>(bytes_.data() + kPageHeadBytes + 2 * index);
  if (at < upper() || at + kNodeHeadBytes > bytes_.size()) return std::nullopt;
  ByteReader in(bytes_.substr(at));
  const auto low = in.le<uint16_t>();
  const auto high = in.le<uint16_t>();
  PageNode out;
  out.flags = in.le<uint16_t>();
  const auto key_bytes = in.le<uint16_t>();
  out.key = in.bytes(key_bytes);
  out.bytes = static_cast<uint32_t>(low) | static_cast<uint32_t>(high) << 16;
  if (kind() == kBranchPage) {
    out.child = out.bytes | static_cast<uint64_t>(out.flags) << 32;
  } else if (out.flags & kBigValue) {
    out.child = in.le<uint64_t>();
  } else {
    out.value = in.bytes(out.bytes);
  }
  return in.ok() ? std::optional(out) : std::nullopt;
}

Result<PageFile> PageFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(errno == ENOENT ? Code::not_found : Code::io, "open {}: {}", path, std::strerror(errno));
  PageFile file(path, fd);
  struct stat status{};
  if (::fstat(fd, &status) != 0) return fail(Code::io, "look at {}: {}", path, std::strerror(errno));
  file.file_bytes_ = static_cast<uint64_t>(status.st_size);
  const std::string first = pread_all(fd, 0, kPageHeadBytes + kMetaBytes);
  if (first.size() < kPageHeadBytes + kMetaBytes) return fail(Code::corrupt, "{}: it is too short", path);
  const auto page_bytes = get_le<uint32_t>(first.data() + kPageHeadBytes + 24);
  if (page_bytes >= 512 && page_bytes <= 65'536 && (page_bytes & (page_bytes - 1)) == 0) file.page_bytes_ = page_bytes;
  return file;
}

PageFile::PageFile(PageFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      page_bytes_(other.page_bytes_),
      file_bytes_(other.file_bytes_) {}

PageFile::~PageFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<PageMeta> PageFile::meta_at(uint64_t page) const {
  const std::string bytes = pread_all(fd_, page * page_bytes_, kPageHeadBytes + kMetaBytes);
  if (bytes.size() < kPageHeadBytes + kMetaBytes || PageView(bytes).kind() != kMetaPage) return std::nullopt;
  ByteReader in(std::string_view(bytes).substr(kPageHeadBytes));
  if (in.le<uint32_t>() != kMagic || in.le<uint32_t>() != kVersion) return std::nullopt;
  in.bytes(16);
  PageMeta out;
  out.free = PageTree::decode(in.bytes(kTreeBytes));
  out.main = PageTree::decode(in.bytes(kTreeBytes));
  out.last_page = in.le<uint64_t>();
  out.txn = in.le<uint64_t>();
  return out;
}

Result<PageMeta> PageFile::meta() const {
  const auto a = meta_at(0), b = meta_at(1);
  if (!a && !b) return fail(Code::corrupt, "{}: neither of its two heads is one of LMDB", path_);
  if (!a || !b) return a ? *a : *b;
  return a->txn >= b->txn ? *a : *b;
}

Result<std::string> PageFile::read(uint64_t page, uint64_t count) const {
  std::string out = pread_all(fd_, page * page_bytes_, count * page_bytes_);
  if (out.size() == count * page_bytes_) return out;
  return fail(Code::corrupt, "page {} of {} cannot be read: {}", page, path_,
              errno != 0 ? std::strerror(errno) : "the file ends before");
}

}  // namespace hookswitch
