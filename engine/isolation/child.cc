#include "engine/isolation/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/base/clock.h"
#include "engine/base/owned.h"
#include "engine/isolation/messages.h"

namespace hookswitch {

namespace {

constexpr size_t kChildReadBytes = 64 * limits::kKiB;
constexpr int kDyingMs = 200;             // from the end of its socket to its own end
constexpr int kFirstFreeDescriptor = 10;  // above those that the child gets, so that none is overwritten by another

using FileActions = Owned<posix_spawn_file_actions_t, posix_spawn_file_actions_destroy>;
using Attributes = Owned<posix_spawnattr_t, posix_spawnattr_destroy>;

int64_t now_us() { return SystemClock().steady_us(); }

Descriptor moved_up(int fd) { return Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, kFirstFreeDescriptor)); }

/// Standard error stays: what a library says before it aborts is for the operator.
int add_files(posix_spawn_file_actions_t* files, int socket, int plugin_file) {
  posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(files, socket, kChildSocket);
  posix_spawn_file_actions_adddup2(files, plugin_file, kChildPluginFile);
  return posix_spawn_file_actions_addclosefrom_np(files, kChildPluginFile + 1);
}

/// A terminal and a service manager signal every process of a service: the child ends when the engine lets it.
void add_signals(posix_spawnattr_t* attributes) {
  sigset_t blocked, ordinary;
  sigemptyset(&blocked);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&blocked, signal);
  sigfillset(&ordinary);
  posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(attributes, &blocked);
  posix_spawnattr_setsigdefault(attributes, &ordinary);
}

int spawn(const std::string& program, const std::string& called, int socket, int plugin_file, pid_t* pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  FileActions files_end(&files);
  Attributes attributes_end(&attributes);
  add_signals(&attributes);
  if (int error = add_files(&files, socket, plugin_file)) return error;
  std::string verb = "plugin-host", name = "hookswitch", file = called;
  std::array<char*, 4> argv{name.data(), verb.data(), file.data(), nullptr};
  std::array<char*, 1> no_environment{nullptr};
  return ::posix_spawn(pid, program.c_str(), &files, &attributes, argv.data(), no_environment.data());
}

/// "exited with status 3", "was killed by signal 11 (Segmentation fault)".
std::string told(int status) {
  if (WIFSIGNALED(status)) {
    const char* what = sigdescr_np(WTERMSIG(status));
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status), what ? what : "unknown");
  }
  return fmt::format("exited with status {}", WEXITSTATUS(status));
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Child> Child::start(const std::string& program, const std::string& called, int plugin_file) {
  const auto failed = [&](int error) {
    return fail(Code::io, "start a process for plugin {}: {}", called, std::strerror(error));
  };
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return failed(errno);
  Descriptor ours(ends[0]), given(ends[1]);
  Descriptor theirs = moved_up(given.get()), file = moved_up(plugin_file);
  if (theirs.get() < 0 || file.get() < 0) return failed(errno);
  pid_t pid = -1;
  if (int error = spawn(program, called, theirs.get(), file.get(), &pid)) return failed(error);
  return Child(pid, std::move(ours));
}

Child::~Child() {
  if (pid_ > 0) reap(false);
}

std::expected<std::string_view, Child::Ended> Child::ask(std::string& message, int64_t deadline_ms) {
  const int64_t until_us = now_us() + deadline_ms * 1000;
  Frame::close(message, ++asked_);
  if (buffer_.capacity() > limits::kKeptBufferBytes) std::string().swap(buffer_);
  received_ = 0;
  if (!send(message, until_us) || !receive(Frame::kBytes, until_us)) {
    return std::unexpected(end(until_us, deadline_ms));
  }
  const Frame frame = Frame::of(buffer_.data());
  if (frame.number != asked_ || frame.length > limits::kMessageBytes) {
    return std::unexpected(refuse("answered with something else than an answer"));
  }
  if (!receive(Frame::kBytes + frame.length, until_us)) return std::unexpected(end(until_us, deadline_ms));
  if (received_ != Frame::kBytes + frame.length) return std::unexpected(refuse("answered with more than an answer"));
  return std::string_view(buffer_).substr(Frame::kBytes, frame.length);
}

Child::Ended Child::refuse(const std::string& why) {
  reap(false);
  return {why, true};
}

bool Child::send(std::string_view bytes, int64_t until_us) {
  while (!bytes.empty()) {
    ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno != EINTR && (errno != EAGAIN || !wait(POLLOUT, until_us))) {
      return false;
    }
  }
  return true;
}

/// Until `bytes` are there, or more. The buffer grows with what comes, not with what was announced.
bool Child::receive(size_t bytes, int64_t until_us) {
  while (received_ < bytes) {
    size_t room = std::max(kChildReadBytes, std::min(bytes, 2 * received_));
    if (buffer_.size() < room) buffer_.resize(room);
    if (!wait(POLLIN, until_us)) return false;
    ssize_t size = ::recv(socket_.get(), buffer_.data() + received_, buffer_.size() - received_, MSG_DONTWAIT);
    if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) return false;
    if (size > 0) received_ += static_cast<size_t>(size);
  }
  return true;
}

bool Child::wait(short events, int64_t until_us) {
  for (;;) {
    const int64_t left_us = until_us - now_us();
    if (left_us <= 0) return false;
    pollfd waiting{socket_.get(), events, 0};
    int ready = ::poll(&waiting, 1, static_cast<int>((left_us + 999) / 1000));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

Child::Ended Child::end(int64_t until_us, int64_t deadline_ms) {
  if (now_us() < until_us) return {reap(true), true};
  reap(false);
  return {fmt::format("did not answer within {} ms", deadline_ms), false};
}

/// Says how it ended. One that closed its socket is given the time to die of what made it do so.
std::string Child::reap(bool let_it_end) {
  if (let_it_end) {
    Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    pollfd waiting{handle.get(), POLLIN, 0};
    if (handle.get() >= 0) ::poll(&waiting, 1, kDyingMs);
  }
  int status = 0;
  const bool ended_itself = ::waitpid(pid_, &status, WNOHANG) == pid_;
  if (!ended_itself) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
  }
  pid_ = -1;
  return ended_itself ? told(status) : "closed its connection";
}

}  // namespace hookswitch
