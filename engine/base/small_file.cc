#include "engine/base/small_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

namespace hookswitch {
namespace {

class SmallFileHandle {
 public:
  explicit SmallFileHandle(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {}
  ~SmallFileHandle() {
    if (fd_ >= 0) ::close(fd_);
  }
  SmallFileHandle(const SmallFileHandle&) = delete;
  SmallFileHandle& operator=(const SmallFileHandle&) = delete;

  std::optional<struct stat> look() const {
    struct stat found{};
    return fd_ >= 0 && ::fstat(fd_, &found) == 0 ? std::optional(found) : std::nullopt;
  }
  // At most so many bytes; nullopt when it cannot be read.
  std::optional<std::string> read(size_t bytes_most) const {
    std::string text(bytes_most, '\0');
    size_t filled = 0;
    while (filled < text.size()) {
      const ssize_t got = ::read(fd_, text.data() + filled, text.size() - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return std::nullopt;
      if (got == 0) break;
      filled += static_cast<size_t>(got);
    }
    text.resize(filled);
    return text;
  }

 private:
  const int fd_;
};

}  // namespace

std::expected<SmallFile, std::string> read_small_file(const std::string& path, size_t bytes_max) {
  const SmallFileHandle file(path);
  const auto found = file.look();
  if (found && !S_ISREG(found->st_mode)) return std::unexpected("no regular file");
  auto text = found ? file.read(bytes_max + 1) : std::nullopt;
  if (!text) return std::unexpected("no readable file");
  if (text->size() > bytes_max) return std::unexpected(fmt::format("no file of at most {} bytes", bytes_max));
  return SmallFile{std::move(*text), found->st_mode};
}

}  // namespace hookswitch
