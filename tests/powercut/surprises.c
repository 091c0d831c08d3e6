// Ways of writing that the engine does not use, and that the recorder would not follow: they are recorded by name, so
// that nobody takes such a recording for whole.
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/powercut/write_recorder.h"

int linkat(int from_dir, const char* from, int to_dir, const char* to, int flags) {
  char full[PATH_MAX];
  if (recorded_place(to_dir, to, full)) recorded_surprised("a hard link");
  return (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
}
int link(const char* from, const char* to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int fallocate(int fd, int mode, off_t offset, off_t size) {
  struct stat status;
  if (recorded_follows(fd, &status)) recorded_surprised("fallocate");
  return (int)syscall(SYS_fallocate, fd, mode, offset, size);
}
int fallocate64(int fd, int mode, off64_t offset, off64_t size) { return fallocate(fd, mode, offset, size); }

ssize_t copy_file_range(int in, off64_t* from, int out, off64_t* to, size_t size, unsigned flags) {
  struct stat status;
  if (recorded_follows(out, &status)) recorded_surprised("copy_file_range");
  return syscall(SYS_copy_file_range, in, from, out, to, size, flags);
}

// LMDB's lock file is shared memory between processes, and means nothing after a power cut.
static int is_lock_file(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, sizeof path - 1);
  return size > 8 && memcmp(path + size - 8, "lock.mdb", 8) == 0;
}

void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  struct stat status;
  if (fd >= 0 && (protection & PROT_WRITE) && (flags & MAP_SHARED) && recorded_follows(fd, &status) &&
      !is_lock_file(fd))
    recorded_surprised("writing through a map");
  return (void*)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}
void* mmap64(void* at, size_t size, int protection, int flags, int fd, off64_t offset) {
  return mmap(at, size, protection, flags, fd, offset);
}
