#include "engine/providers/loader.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace hookswitch {

namespace {

class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

/// Whoever can write the file can run code as this process.
Status check_owner(const struct stat& found) {
  if (!S_ISREG(found.st_mode)) return fail(Code::invalid, "found no regular file, expected one");
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(Code::denied,
                "others may write it: found mode {:04o}, expected no write for group and others (chmod go-w)",
                found.st_mode & 07777);
  }
  return {};
}

/// A file that is no ELF, or only the beginning of one, must not reach dlopen, which maps first and asks later.
Status check_elf(int fd, uint64_t file_bytes) {
  Elf64_Ehdr header{};
  if (::pread(fd, &header, sizeof header, 0) != sizeof header || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return fail(Code::invalid, "found no ELF file, expected a shared object");
  }
  uint64_t sections = uint64_t{header.e_shnum} * header.e_shentsize;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shoff > file_bytes || sections > file_bytes - header.e_shoff) {
    return fail(Code::invalid, "the ELF file is cut short or of another machine: found {} bytes", file_bytes);
  }
  return {};
}

Status check_file(const std::string& path) {
  File file(path);
  struct stat found{};
  if (file.fd() < 0 || ::fstat(file.fd(), &found) != 0) {
    return fail(Code::io, "cannot open it: {}", std::generic_category().message(errno));
  }
  if (Status owner = check_owner(found); !owner) return owner;
  return check_elf(file.fd(), static_cast<uint64_t>(found.st_size));
}

/// Never closed: threads may run its code, and what it registered with libraries stays.
Result<hookswitch_provider_fn> find_entry(const std::string& path) {
  void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): per thread in glibc
    return fail(Code::invalid, "the dynamic linker refused it: {}", why ? why : "without saying why");
  }
  void* symbol = ::dlsym(handle, HOOKSWITCH_PROVIDER_SYMBOL);
  if (symbol == nullptr) {
    return fail(Code::invalid, "found no symbol {}, expected it to be exported", HOOKSWITCH_PROVIDER_SYMBOL);
  }
  return reinterpret_cast<hookswitch_provider_fn>(symbol);
}

}  // namespace

Result<std::shared_ptr<Plugin>> load_plugin(const std::string& file, const std::string& called) {
  std::string path = std::filesystem::absolute(file).string();  // a bare name would be searched for elsewhere
  std::string doing = "load plugin " + (called.empty() ? file : called);
  if (Status fit = check_file(path); !fit) return wrap(fit.error(), doing);
  Result<hookswitch_provider_fn> entry = find_entry(path);
  if (!entry) return wrap(entry.error(), doing);
  Result<std::shared_ptr<Plugin>> plugin = Plugin::adopt(*entry);
  if (!plugin) return wrap(plugin.error(), doing);
  return plugin;
}

}  // namespace hookswitch
