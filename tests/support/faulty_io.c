// Preloaded into a program under test: makes its writes and syncs fail, and its clock jump, as a control file says
// while the program runs. HOOKSWITCH_FAULTS names that file; without the file nothing fails. Its lines:
//
//   <errno> <operations> <part of the path>    operations: w writes, s syncs, o opens for writing,
//                                              u removals
//   clock <milliseconds>                       added to the time of day
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// Reads the control file without any function that is replaced here.
static int read_control(char* text, size_t size) {
  const char* file = getenv("HOOKSWITCH_FAULTS");
  if (file == NULL) return 0;
  const int saved = errno;
  const long fd = syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC, 0);
  long got = 0;
  if (fd >= 0) {
    got = syscall(SYS_read, fd, text, size - 1);
    syscall(SYS_close, fd);
  }
  errno = saved;
  text[got > 0 ? got : 0] = 0;
  return got > 0;
}

// The errno that the operation is to fail with, or 0.
static int fault(char operation, const char* path) {
  char text[1024];
  if (!read_control(text, sizeof text)) return 0;
  char* rest = NULL;
  for (char* line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
    int error = 0;
    char operations[16], part[512];
    if (sscanf(line, "%d %15s %511s", &error, operations, part) != 3) continue;
    if (strchr(operations, operation) != NULL && strstr(path, part) != NULL) return error;
  }
  return 0;
}

static int path_of(int fd, char* path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const long got = syscall(SYS_readlinkat, AT_FDCWD, link, path, size - 1);
  path[got > 0 ? got : 0] = 0;
  return got > 0;
}

static int fails(char operation, int fd) {
  char path[1024];
  if (!path_of(fd, path, sizeof path)) return 0;
  const int error = path[0] == '/' ? fault(operation, path) : 0;
  if (error != 0) errno = error;
  return error != 0;
}

#define REAL(name) (__extension__(__typeof__(&name)) dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void* bytes, size_t size) { return fails('w', fd) ? -1 : REAL(write)(fd, bytes, size); }
ssize_t writev(int fd, const struct iovec* pieces, int count) {
  return fails('w', fd) ? -1 : REAL(writev)(fd, pieces, count);
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  return fails('w', fd) ? -1 : REAL(pwrite)(fd, bytes, size, at);
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  return fails('w', fd) ? -1 : REAL(pwrite64)(fd, bytes, size, at);
}
ssize_t pwritev(int fd, const struct iovec* pieces, int count, off_t at) {
  return fails('w', fd) ? -1 : REAL(pwritev)(fd, pieces, count, at);
}
ssize_t pwritev64(int fd, const struct iovec* pieces, int count, off64_t at) {
  return fails('w', fd) ? -1 : REAL(pwritev64)(fd, pieces, count, at);
}
int fsync(int fd) { return fails('s', fd) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails('s', fd) ? -1 : REAL(fdatasync)(fd); }

int unlinkat(int dir, const char* name, int flags) {
  char path[1024] = "";
  if (dir != AT_FDCWD) path_of(dir, path, sizeof path / 2);
  const size_t size = strlen(path);
  snprintf(path + size, sizeof path - size, "/%s", name);
  const int error = fault('u', path);
  if (error != 0) errno = error;
  return error != 0 ? -1 : REAL(unlinkat)(dir, name, flags);
}

static int open_fails(const char* path, int flags) {
  const int error = (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 ? fault('o', path) : 0;
  if (error != 0) errno = error;
  return error != 0;
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_fails(path, flags) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_fails(path, flags) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

// The control file is looked at every few milliseconds: the time is asked for all the time.
static long long clock_offset_ms(void) {
  static __thread long long offset_ms, looked_ms;
  struct timespec now;
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  const long long now_ms = now.tv_sec * 1000LL + now.tv_nsec / 1000000;
  if (now_ms - looked_ms < 5 && looked_ms != 0) return offset_ms;
  looked_ms = now_ms;
  offset_ms = 0;
  char text[1024];
  if (read_control(text, sizeof text)) {
    const char* line = strstr(text, "clock ");
    if (line != NULL) offset_ms = atoll(line + 6);
  }
  return offset_ms;
}

int clock_gettime(clockid_t id, struct timespec* out) {
  const int done = (int)syscall(SYS_clock_gettime, id, out);
  if (done == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
    const long long ms = out->tv_sec * 1000LL + out->tv_nsec / 1000000 + clock_offset_ms();
    out->tv_nsec = out->tv_nsec % 1000000 + (ms % 1000) * 1000000;
    out->tv_sec = ms / 1000;
  }
  return done;
}

int gettimeofday(struct timeval* out, void* zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
