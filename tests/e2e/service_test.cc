// The engine under a service manager: it says when it is ready, well and stopping, and takes a socket over.
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cstdlib>

#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

// Hears what a service says to its manager.
class Manager {
 public:
  explicit Manager(const std::string& dir) : path_(dir + "/notify") {
    fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Manager() { close(fd_); }

  const std::string& path() const { return path_; }
  bool heard(const std::string& word) {
    return eventually([&] {
      char buffer[4096];
      for (ssize_t got; (got = recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
        said_.append(buffer, static_cast<size_t>(got)).append("\n");
      }
      return said_.find(word) != std::string::npos;
    });
  }

 private:
  std::string path_;
  int fd_ = -1;
  std::string said_;
};

// A listening socket of 127.0.0.1 on a port of the system's choice.
struct Listening {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  uint16_t port = 0;

  Listening() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(fd, 16) == 0);
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~Listening() { close(fd); }
};

// `serve` as systemd starts it: the socket as descriptor 3, and the environment that says so.
pid_t serve(const std::string& config, const std::string& notify, int socket_fd) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  dup2(socket_fd, 3);
  setenv("NOTIFY_SOCKET", notify.c_str(), 1);
  setenv("LISTEN_FDS", "1", 1);
  setenv("LISTEN_FDNAMES", "http", 1);
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  execl(HOOKSWITCH_BINARY_DIR "/hookswitch", "hookswitch", "-c", config.c_str(), "serve", nullptr);
  _exit(127);
}

}  // namespace

TEST_CASE("a service manager is told of readiness, health, reloading and the end, and may hand the socket over") {
  EngineProcess settings;  // for its configuration alone
  Manager manager(settings.dir().path());
  Listening socket;
  pid_t engine = serve(settings.config_file(), manager.path(), socket.fd);
  REQUIRE(manager.heard("READY=1"));
  auto answer = cli::request("GET", "http://127.0.0.1:" + std::to_string(socket.port) + "/readyz", {}, "");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(manager.heard("WATCHDOG=1"));
  kill(engine, SIGHUP);
  CHECK(manager.heard("RELOADING=1"));
  kill(engine, SIGTERM);
  CHECK(manager.heard("STOPPING=1"));
  int status = 0;
  waitpid(engine, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace hookswitch::test
