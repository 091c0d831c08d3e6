// Preloaded into a program (LD_PRELOAD), it records the order of what the program writes and syncs under one directory,
// and the beginnings of what it sends: see recording.h.
//
//   HOOKSWITCH_RECORD_ROOT  the directory, absolute      HOOKSWITCH_RECORD_TO  the recording, appended to
//
// A write is done and recorded under one lock, so the recording has the order that the disk saw. A sync is two events,
// for others write while it runs. Something is recorded as sent before it is, so whatever it promises must be on disk
// by then. Programs that the recorded one starts are not recorded.
//
// Whoever wants to kill the program makes the file HOOKSWITCH_RECORD_TO.kill: killed from outside, it might have
// written what is not recorded yet.
#define _GNU_SOURCE
#include "tests/powercut/write_recorder.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kSentBytes = 4096, kPieces = 16 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int recording = -1;
static pid_t recorded_pid;
static char root[PATH_MAX];
static size_t root_bytes;
static uint64_t syncs;

// The lock is held, so nothing lies between a write and its event.
static void* kill_when_asked(void* file) {
  while (syscall(SYS_access, file, F_OK) != 0) usleep(500);
  pthread_mutex_lock(&mutex);
  kill(getpid(), SIGKILL);
  return NULL;
}

__attribute__((constructor)) static void begin(void) {
  const char* to = getenv("HOOKSWITCH_RECORD_TO");
  const char* from = getenv("HOOKSWITCH_RECORD_ROOT");
  if (!to || !from || strlen(from) >= sizeof root) return;
  strcpy(root, from);
  root_bytes = strlen(root);
  recording = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  recorded_pid = getpid();
  unsetenv("LD_PRELOAD");
  static char asks[PATH_MAX];
  pthread_t thread;
  if (snprintf(asks, sizeof asks, "%s.kill", to) < (int)sizeof asks)
    pthread_create(&thread, NULL, kill_when_asked, asks);
}

static int is_recording(void) { return recording >= 0 && getpid() == recorded_pid; }

// A recording with a hole would prove things that are not so.
static void must(ssize_t written, size_t wanted) {
  if (written == (ssize_t)wanted) return;
  static const char text[] = "write_recorder: the recording cannot be written\n";
  syscall(SYS_write, 2, text, sizeof text - 1);
  abort();
}

static void put(struct recorded_event event, const char* text, const struct iovec* data, int pieces) {
  struct iovec all[kPieces + 2] = {{&event, sizeof event}, {(void*)text, event.text_bytes}};
  size_t bytes = sizeof event + event.text_bytes;
  for (int i = 0; i < pieces; ++i) {
    all[i + 2] = data[i];
    bytes += data[i].iov_len;
  }
  must(syscall(SYS_writev, recording, all, pieces + 2), bytes);
}

static void put_text(enum recorded_kind kind, uint64_t file, const char* text, size_t bytes) {
  put((struct recorded_event){.kind = kind, .file = file, .text_bytes = (uint32_t)bytes}, text, NULL, 0);
}

static int under_root(const char* path) {
  return strncmp(path, root, root_bytes) == 0 && (path[root_bytes] == '/' || path[root_bytes] == 0);
}

// The absolute form of a path; 0 when it is not one that is recorded.
int recorded_place(int dir, const char* path, char out[PATH_MAX]) {
  if (!is_recording() || !path) return 0;
  if (path[0] == '/') return strlen(path) < PATH_MAX && under_root(strcpy(out, path));
  char link[64];
  snprintf(link, sizeof link, dir == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", dir);
  ssize_t size = readlink(link, out, PATH_MAX - 1);
  if (size < 0 || (size_t)size + strlen(path) + 2 > PATH_MAX) return 0;
  snprintf(out + size, PATH_MAX - (size_t)size, "/%s", path);
  return under_root(out);
}

// Whether what is open as fd lies under the directory; with its status.
int recorded_follows(int fd, struct stat* status) {
  if (!is_recording() || fstat(fd, status) != 0) return 0;
  if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode)) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = 0;
  return under_root(path);
}

static int is_connection(int fd) {
  struct stat status;
  if (!is_recording() || fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode)) return 0;
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  return getsockname(fd, (struct sockaddr*)&address, &size) == 0 &&
         (address.ss_family == AF_INET || address.ss_family == AF_INET6);
}

// At most `most` bytes of the pieces, as pieces; returns how many pieces.
static int first_bytes(const struct iovec* from, int count, size_t most, struct iovec* to) {
  int pieces = 0;
  for (int i = 0; i < count && pieces < kPieces && most > 0; ++i) {
    to[pieces] = from[i];
    if (to[pieces].iov_len > most) to[pieces].iov_len = most;
    most -= to[pieces++].iov_len;
  }
  return pieces;
}

static void note_send(const struct iovec* data, int count) {
  struct iovec pieces[kPieces];
  int used = first_bytes(data, count, kSentBytes, pieces);
  size_t bytes = 0;
  for (int i = 0; i < used; ++i) bytes += pieces[i].iov_len;
  pthread_mutex_lock(&mutex);
  put((struct recorded_event){.kind = recorded_send, .data_bytes = bytes}, NULL, pieces, used);
  pthread_mutex_unlock(&mutex);
}

static int all_zeros(const struct iovec* data, int count) {
  for (int i = 0; i < count; ++i) {
    const char* bytes = data[i].iov_base;
    size_t size = data[i].iov_len;
    if (size > 0 && (bytes[0] != 0 || memcmp(bytes, bytes + 1, size - 1) != 0)) return 0;
  }
  return 1;
}

// What was written of the pieces, in as many events as needed. The lock is held.
static void note_write(uint64_t file, uint64_t offset, const struct iovec* data, int count, size_t written) {
  if (all_zeros(data, count)) {
    put((struct recorded_event){.kind = recorded_zeros, .file = file, .offset = offset, .offset2 = written}, NULL, NULL,
        0);
    return;
  }
  char* joined = malloc(written);
  size_t at = 0;
  for (int i = 0; i < count && at < written; ++i) {
    size_t size = data[i].iov_len < written - at ? data[i].iov_len : written - at;
    memcpy(joined + at, data[i].iov_base, size);
    at += size;
  }
  struct iovec piece = {joined, written};
  put((struct recorded_event){.kind = recorded_write, .file = file, .offset = offset, .data_bytes = written}, NULL,
      &piece, 1);
  free(joined);
}

// `offset` -1: where the file is.
static ssize_t write_pieces(int fd, const struct iovec* data, int count, off_t offset) {
  struct stat status;
  int followed = recorded_follows(fd, &status) && S_ISREG(status.st_mode);
  if (!followed) {
    if (offset == -1 && is_connection(fd)) note_send(data, count);
    return offset == -1 ? syscall(SYS_writev, fd, data, count) : syscall(SYS_pwritev, fd, data, count, offset, 0L);
  }
  pthread_mutex_lock(&mutex);
  int flags = fcntl(fd, F_GETFL);
  fstat(fd, &status);
  off_t at = flags & O_APPEND ? status.st_size : offset == -1 ? lseek(fd, 0, SEEK_CUR) : offset;
  ssize_t written =
      offset == -1 ? syscall(SYS_writev, fd, data, count) : syscall(SYS_pwritev, fd, data, count, offset, 0L);
  int error = errno;
  if (written > 0) {
    note_write(status.st_ino, (uint64_t)at, data, count, (size_t)written);
    if (flags & O_DSYNC) put_text(recorded_write_synced, status.st_ino, NULL, 0);  // O_SYNC includes that bit
  }
  pthread_mutex_unlock(&mutex);
  errno = error;
  return written;
}

ssize_t write(int fd, const void* data, size_t size) {
  struct iovec piece = {(void*)data, size};
  return write_pieces(fd, &piece, 1, -1);
}
ssize_t writev(int fd, const struct iovec* data, int count) { return write_pieces(fd, data, count, -1); }
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  struct iovec piece = {(void*)data, size};
  return write_pieces(fd, &piece, 1, offset);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) { return pwrite(fd, data, size, offset); }
ssize_t pwritev(int fd, const struct iovec* data, int count, off_t offset) {
  return write_pieces(fd, data, count, offset);
}
ssize_t pwritev64(int fd, const struct iovec* data, int count, off64_t offset) {
  return write_pieces(fd, data, count, offset);
}

ssize_t send(int fd, const void* data, size_t size, int flags) {
  struct iovec piece = {(void*)data, size};
  if (is_connection(fd)) note_send(&piece, 1);
  return syscall(SYS_sendto, fd, data, size, flags, NULL, 0);
}
ssize_t sendmsg(int fd, const struct msghdr* message, int flags) {
  if (is_connection(fd)) note_send(message->msg_iov, (int)message->msg_iovlen);
  return syscall(SYS_sendmsg, fd, message, flags);
}

static int resize(int fd, off_t size, long (*change)(int fd, off_t size)) {
  struct stat status;
  if (!recorded_follows(fd, &status)) return (int)change(fd, size);
  pthread_mutex_lock(&mutex);
  int done = (int)change(fd, size);
  int error = errno;
  if (done == 0) {
    put((struct recorded_event){.kind = recorded_resize, .file = status.st_ino, .offset = (uint64_t)size}, NULL, NULL,
        0);
  }
  pthread_mutex_unlock(&mutex);
  errno = error;
  return done;
}

static long do_truncate(int fd, off_t size) { return syscall(SYS_ftruncate, fd, size); }
int ftruncate(int fd, off_t size) { return resize(fd, size, do_truncate); }
int ftruncate64(int fd, off64_t size) { return resize(fd, size, do_truncate); }

// Room that is asked for from the beginning on, as whoever wants a file of some size does.
static long do_allocate(int fd, off_t size) { return syscall(SYS_fallocate, fd, 0, 0L, size); }
int posix_fallocate(int fd, off_t offset, off_t size) {
  if (offset != 0) recorded_surprised("posix_fallocate within a file");
  return resize(fd, size, do_allocate) == 0 ? 0 : errno;
}
int posix_fallocate64(int fd, off64_t offset, off64_t size) { return posix_fallocate(fd, offset, size); }

static int sync_file(int fd, long number) {
  struct stat status;
  if (!recorded_follows(fd, &status)) return (int)syscall(number, fd);
  pthread_mutex_lock(&mutex);
  struct recorded_event event = {.kind = recorded_sync_begin, .file = status.st_ino, .offset = ++syncs};
  put(event, NULL, NULL, 0);
  pthread_mutex_unlock(&mutex);
  int done = (int)syscall(number, fd);
  int error = errno;
  event.kind = recorded_sync_end;
  pthread_mutex_lock(&mutex);
  if (done == 0) put(event, NULL, NULL, 0);
  pthread_mutex_unlock(&mutex);
  errno = error;
  return done;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

void recorded_surprised(const char* what) {
  pthread_mutex_lock(&mutex);
  put_text(recorded_surprise, 0, what, strlen(what));
  pthread_mutex_unlock(&mutex);
}

static long really_open(int dir, const char* path, int flags, mode_t mode) {
  return syscall(SYS_openat, dir, path, flags, mode);
}

static int open_file(int dir, const char* path, int flags, mode_t mode) {
  char full[PATH_MAX];
  if (!(flags & (O_CREAT | O_TRUNC)) || !recorded_place(dir, path, full))
    return (int)really_open(dir, path, flags, mode);
  pthread_mutex_lock(&mutex);
  struct stat status;
  int existed = stat(full, &status) == 0;
  int fd = (int)really_open(dir, path, flags, mode);
  int error = errno;
  if (fd >= 0 && fstat(fd, &status) == 0) {
    if (!existed) put_text(recorded_make_file, status.st_ino, full, strlen(full));
    if (existed && (flags & O_TRUNC)) put_text(recorded_resize, status.st_ino, NULL, 0);
  }
  pthread_mutex_unlock(&mutex);
  errno = error;
  return fd;
}

#define MODE_OF(flags, last)                        \
  mode_t mode = 0;                                  \
  if (flags & (O_CREAT | __O_TMPFILE)) {            \
    va_list arguments;                              \
    va_start(arguments, last);                      \
    mode = (mode_t)va_arg(arguments, unsigned int); \
    va_end(arguments);                              \
  }

int open(const char* path, int flags, ...) {
  MODE_OF(flags, flags)
  return open_file(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE_OF(flags, flags)
  return open_file(AT_FDCWD, path, flags, mode);
}
int openat(int dir, const char* path, int flags, ...) {
  MODE_OF(flags, flags)
  return open_file(dir, path, flags, mode);
}
int openat64(int dir, const char* path, int flags, ...) {
  MODE_OF(flags, flags)
  return open_file(dir, path, flags, mode);
}

// The C++ library opens its files so, and then writes by write().
static FILE* open_stream(const char* path, const char* mode, const char* name) {
  FILE* (*real)(const char*, const char*) = __extension__(FILE * (*)(const char*, const char*)) dlsym(RTLD_NEXT, name);
  char full[PATH_MAX];
  if (mode[0] == 'r' || !recorded_place(AT_FDCWD, path, full)) return real(path, mode);
  int flags = O_WRONLY | O_CREAT | (mode[0] == 'w' ? O_TRUNC : 0);
  int made = open_file(AT_FDCWD, path, flags, 0666);
  if (made >= 0) close(made);
  return real(path, mode);
}
FILE* fopen(const char* path, const char* mode) { return open_stream(path, mode, "fopen"); }
FILE* fopen64(const char* path, const char* mode) { return open_stream(path, mode, "fopen64"); }

int mkdirat(int dir, const char* path, mode_t mode) {
  char full[PATH_MAX];
  if (!recorded_place(dir, path, full)) return (int)syscall(SYS_mkdirat, dir, path, mode);
  pthread_mutex_lock(&mutex);
  int done = (int)syscall(SYS_mkdirat, dir, path, mode);
  int error = errno;
  struct stat status;
  if (done == 0 && stat(full, &status) == 0) put_text(recorded_make_dir, status.st_ino, full, strlen(full));
  pthread_mutex_unlock(&mutex);
  errno = error;
  return done;
}
int mkdir(const char* path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) {
  char paths[2 * PATH_MAX], target[PATH_MAX];
  int leaves = recorded_place(from_dir, from, paths), enters = recorded_place(to_dir, to, target);
  if (!leaves && !enters) return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
  if (!leaves || !enters || (flags & (unsigned)RENAME_WHITEOUT)) recorded_surprised("a rename across the border");
  pthread_mutex_lock(&mutex);
  int done = (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
  int error = errno;
  size_t size = strlen(paths) + 1;
  strcpy(paths + size, target);
  struct recorded_event event = {.kind = recorded_rename, .offset = (flags & RENAME_EXCHANGE) != 0};
  event.text_bytes = (uint32_t)(size + strlen(target));
  if (done == 0) put(event, paths, NULL, 0);
  pthread_mutex_unlock(&mutex);
  errno = error;
  return done;
}
int renameat(int from_dir, const char* from, int to_dir, const char* to) {
  return renameat2(from_dir, from, to_dir, to, 0);
}
int rename(const char* from, const char* to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int dir, const char* path, int flags) {
  char full[PATH_MAX];
  if (!recorded_place(dir, path, full)) return (int)syscall(SYS_unlinkat, dir, path, flags);
  pthread_mutex_lock(&mutex);
  int done = (int)syscall(SYS_unlinkat, dir, path, flags);
  int error = errno;
  if (done == 0) put_text(recorded_remove, 0, full, strlen(full));
  pthread_mutex_unlock(&mutex);
  errno = error;
  return done;
}
int unlink(const char* path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char* path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char* path) {
  struct stat status;
  return unlinkat(AT_FDCWD, path, lstat(path, &status) == 0 && S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
}
