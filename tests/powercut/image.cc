#include "tests/powercut/image.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <vector>

namespace hookswitch::powercut {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPagesAtOnce = 256;

// Means nothing after a power cut: LMDB makes it anew.
bool is_lock_file(const std::string& path) { return path.ends_with("/lock.mdb"); }

void write_run(int fd, uint64_t first, std::vector<iovec>& run) {
  if (run.empty()) return;
  auto offset = static_cast<off_t>(first * kPageBytes);
  ssize_t bytes = static_cast<ssize_t>(run.size() * kPageBytes);
  if (::pwritev(fd, run.data(), static_cast<int>(run.size()), offset) != bytes)
    throw std::runtime_error("an image cannot be written: is there room for it?");
  run.clear();
}

// Pages that lie beside each other are written at once; zeros are left out.
void write_content(const std::string& path, const Content& content) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) throw std::runtime_error("an image cannot be made: " + path);
  std::vector<iovec> run;
  uint64_t first = 0;
  for (const auto& [number, page] : content.pages) {
    if (!page || number * kPageBytes >= content.bytes) continue;
    if (run.size() == kPagesAtOnce || number != first + run.size()) write_run(fd, first, run);
    if (run.empty()) first = number;
    run.push_back({const_cast<char*>(page->data()), page->size()});
  }
  write_run(fd, first, run);
  bool sized = ::ftruncate(fd, static_cast<off_t>(content.bytes)) == 0;
  ::close(fd);
  if (!sized) throw std::runtime_error("an image cannot be sized: " + path);
}

}  // namespace

Image::Image(std::string dir) : dir_(std::move(dir)) { fs::create_directories(dir_); }

void Image::write(const Tree& tree, const Survival& survival) {
  remove_others(tree);
  for (const auto& [path, found] : tree) {
    if (is_lock_file(path)) continue;
    std::string full = dir_ + "/" + path;
    if (found.file == nullptr) {
      fs::create_directories(full);
      continue;
    }
    std::pair<size_t, uint64_t> version{found.node, found.file->changes()};
    bool checked = path.find("/log/") != path.npos || path.find("/state") != path.npos;
    auto kept = kept_.find(path);
    if (kept != kept_.end() && kept->second == version) continue;
    write_content(full, found.file->after_cut(survival));
    kept_.erase(path);
    if (found.file->settled() && !checked) kept_[path] = version;
  }
}

void Image::remove_others(const Tree& tree) {
  std::vector<fs::path> gone;
  for (fs::recursive_directory_iterator at(dir_), end; at != end; ++at) {
    std::string path = at->path().string().substr(dir_.size() + 1);
    auto found = tree.find(path);
    if (found != tree.end() && (found->second.file == nullptr) == at->is_directory()) continue;
    if (at->is_directory()) at.disable_recursion_pending();
    gone.push_back(at->path());
  }
  for (const fs::path& path : gone) {
    std::string prefix = path.string().substr(dir_.size() + 1);
    std::erase_if(kept_, [&](const auto& one) { return one.first.starts_with(prefix); });
    fs::remove_all(path);
  }
}

}  // namespace hookswitch::powercut
