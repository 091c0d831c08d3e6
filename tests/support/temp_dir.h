// A fresh directory for a test, and waiting for what happens on other threads.
#pragma once

#include <functional>
#include <string>

namespace hookswitch::test {

/// Removed, with all that is in it, with this object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  /// Writes a file, making folders as needed; returns its full path.
  std::string write(const std::string& file, const std::string& text) const;

 private:
  std::string path_;
};

/// Asks until `condition` is true; false when 20 seconds did not suffice.
bool eventually(const std::function<bool()>& condition);

std::string read_file(const std::string& path);
/// tests/fixtures/<name>, whole.
std::string fixture(const std::string& name);

}  // namespace hookswitch::test
