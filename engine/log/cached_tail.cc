#include "engine/log/cached_tail.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace hookswitch {

namespace {

constexpr uintptr_t kPageBytes = 4096;

/// Memory that is given back piece by piece; neighbouring pieces at once.
class Unmapping {
 public:
  ~Unmapping() { flush(); }

  void add(std::string_view bytes) {
    const uintptr_t from = reinterpret_cast<uintptr_t>(bytes.data()) & ~(kPageBytes - 1);
    const uintptr_t to = reinterpret_cast<uintptr_t>(bytes.data() + bytes.size());
    if (from > to_ + kPageBytes || from < from_) {
      flush();
      from_ = from;
    }
    to_ = to;
  }

 private:
  // The map is of a file and read-only, so its pages come back as they were when somebody reads them.
  void flush() {
    if (to_ > from_) ::madvise(reinterpret_cast<void*>(from_), to_ - from_, MADV_DONTNEED);
  }

  uintptr_t from_ = 0;
  uintptr_t to_ = 0;
};

}  // namespace

CachedTail::CachedTail(const LogStore& store, std::string path, uint64_t bytes_kept, Mark start)
    : store_(store), path_(std::move(path)), bytes_kept_(bytes_kept), gone_(start) {}

void CachedTail::mark(Mark mark) {
  std::lock_guard lock(mutex_);
  marks_.push_back(mark);
}

std::optional<CachedTail::Mark> CachedTail::take(uint64_t keep_from) {
  std::lock_guard lock(mutex_);
  std::optional<Mark> out;
  while (!marks_.empty() && marks_.front().next_seq <= keep_from &&
         marks_.front().used_bytes + bytes_kept_ <= marks_.back().used_bytes) {
    out = marks_.front();
    marks_.pop_front();
  }
  return out;
}

void CachedTail::let_go(uint64_t keep_from) {
  const auto mark = take(keep_from);
  if (!mark || mark->used_bytes <= gone_.used_bytes) return;  // no bytes would mean: to the end of the file
  unmap(mark->next_seq);                                      // first: the kernel keeps what is mapped
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  ::posix_fadvise(fd, static_cast<off_t>(gone_.used_bytes), static_cast<off_t>(mark->used_bytes - gone_.used_bytes),
                  POSIX_FADV_DONTNEED);
  ::close(fd);
  gone_ = *mark;
}

void CachedTail::unmap(uint64_t next_seq) {
  auto groups = store_.reader();
  if (!groups) return;
  Unmapping unmapping;
  auto found = groups->seek(gone_.next_seq);
  for (; found && *found && groups->key().end() <= next_seq; found = groups->next()) {
    unmapping.add(groups->group().bytes());
  }
}

}  // namespace hookswitch
