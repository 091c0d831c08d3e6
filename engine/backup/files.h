// Files of a backup: written so that a crash leaves a whole file or none, and hashed on the way.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace hookswitch {

/// What tells whether a file is the one that was written.
struct FileSum {
  uint64_t bytes = 0;
  std::string sha256;  // hex

  bool operator==(const FileSum&) const = default;
};

/// A file on its way: under another name until finish() has synced it, so that a file of that name is always whole.
class NewFile {  // [one thread]
 public:
  static Result<NewFile> create(const std::string& path);
  NewFile(NewFile&&) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();  // without finish() nothing stays

  Status write(std::string_view bytes);
  /// Syncs the file, gives it its name and syncs the directory.
  Result<FileSum> finish();

  uint64_t bytes() const { return bytes_; }

 private:
  struct Digest;
  NewFile(std::string path, int fd);

  std::string path_;
  int fd_;
  uint64_t bytes_ = 0;
  std::unique_ptr<Digest> digest_;
};

/// Reads the whole file in pieces. Error: not_found, io.
Result<FileSum> read_file(const std::string& path, const std::function<Status(std::string_view piece)>& visit = {});
/// Error: corrupt when it is not what `expected` says.
Status check_file(const std::string& path, const FileSum& expected);
/// Directories that lead to `to` are made.
Result<FileSum> copy_file(const std::string& from, const std::string& to);
Result<FileSum> write_file(const std::string& path, std::string_view text);
/// A small file, whole.
Result<std::string> read_text(const std::string& path);

Status make_dirs(const std::string& dir);
Status remove_all(const std::string& path);
/// A file or a directory.
Status sync_path(const std::string& path);
Status move_path(const std::string& from, const std::string& to);

}  // namespace hookswitch
