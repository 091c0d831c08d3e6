// One process that holds a plugin: started, asked one thing after another, and ended when it does not answer.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/error.h"
#include "engine/isolation/bounds.h"

namespace hookswitch {

/// A file descriptor with its end.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

/// Where a child finds its ends; whatever else the engine has open is closed in it.
constexpr int kChildSocket = 3;
constexpr int kChildPluginFile = 4;

/// One thread at a time. When it goes, the process is killed: there is nothing in it that needs an end of its own.
class Child {
 public:
  /// Starts `program plugin-host CALLED`, with the plugin's open file. It has no environment, no other descriptors, and
  /// ends when this end of its socket is closed. Does not wait for it.
  static Result<Child> start(const std::string& program, const std::string& called, int plugin_file);

  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), socket_(std::move(other.socket_)) {}
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }

  /// Why there is no answer; the process has ended when this is given.
  struct Ended {
    std::string how;  // "was killed by signal 11 (Segmentation fault)": after "its process"
    bool in_time = true;
  };

  /// Sends `message`, whose Frame has room, and waits for its answer, without the frame. It is good until the next one.
  std::expected<std::string_view, Ended> ask(std::string& message, int64_t deadline_ms);

  /// Ends the process because of what it said.
  Ended refuse(const std::string& why);

 private:
  Child(pid_t pid, Descriptor socket) : pid_(pid), socket_(std::move(socket)) {}
  bool send(std::string_view bytes, int64_t until_us);
  bool receive(size_t bytes, int64_t until_us);
  bool wait(short events, int64_t until_us);
  Ended end(int64_t until_us, int64_t deadline_ms);
  std::string reap(bool let_it_end);

  pid_t pid_;
  Descriptor socket_;
  uint32_t asked_ = 0;
  std::string buffer_;   // what was received
  size_t received_ = 0;  // of it
};

}  // namespace hookswitch
