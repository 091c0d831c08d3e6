#include "engine/workbench/scratch_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

// The directory itself is locked: nothing in it has to be made first.
int lock_dir(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

void remove_left_behind(const std::string& parent, const std::string& prefix) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    int fd = lock_dir(entry.path().string());
    if (fd < 0) continue;
    fs::remove_all(entry.path(), error);
    ::close(fd);
  }
}

}  // namespace

Result<ScratchDir> ScratchDir::make(const std::string& parent, const std::string& prefix) {
  remove_left_behind(parent, prefix);
  std::string path = parent + "/" + prefix + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    return fail(Code::io, "make a temporary directory in {}: {}", parent, std::strerror(errno));
  }
  int fd = lock_dir(path);
  if (fd < 0) return fail(Code::io, "lock the temporary directory {}: {}", path, std::strerror(errno));
  return ScratchDir(std::move(path), fd);
}

ScratchDir::~ScratchDir() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_fd_);
}

}  // namespace hookswitch
