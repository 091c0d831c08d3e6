#include "engine/base/owner.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace hookswitch {

namespace fs = std::filesystem;

Status give_to_owner_of(const std::string& owned, const std::string& path) {
  struct stat owner{};
  if (::geteuid() != 0 || ::stat(owned.c_str(), &owner) != 0 || owner.st_uid == 0) return {};
  std::error_code error;
  bool given = ::lchown(path.c_str(), owner.st_uid, owner.st_gid) == 0;
  if (fs::is_directory(fs::symlink_status(path, error))) {
    for (const auto& file : fs::recursive_directory_iterator(path, error)) {
      given = given && ::lchown(file.path().c_str(), owner.st_uid, owner.st_gid) == 0;
    }
  }
  if (given && !error) return {};
  return fail(Code::io, "give {} to the owner of {}: {}", path, owned, error ? error.message() : std::strerror(errno));
}

}  // namespace hookswitch
