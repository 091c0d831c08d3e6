#include "engine/log/blob_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hookswitch {

namespace {

Status sync_path(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(errno == ENOENT ? Code::not_found : Code::io, "open {} to sync it: {}", path, std::strerror(errno));
  }
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (error != 0) return fail(Code::io, "sync {}: {}", path, std::strerror(error));
  return {};
}

}  // namespace

bool is_blob_name(std::string_view name) {
  return name.size() == 64 &&
         std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string blob_path(const std::string& dir, std::string_view name) {
  return fmt::format("{}/{}/{}", dir, name.substr(0, 2), name.substr(2));
}

Status sync_blob(const std::string& dir, std::string_view name) {
  if (auto file = sync_path(blob_path(dir, name)); !file) return file;
  if (auto shard = sync_path(fmt::format("{}/{}", dir, name.substr(0, 2))); !shard) return shard;
  return sync_path(dir);
}

Status remove_blob(const std::string& dir, std::string_view name) {
  const std::string path = blob_path(dir, name);
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail(Code::io, "remove {}: {}", path, std::strerror(errno));
}

}  // namespace hookswitch
