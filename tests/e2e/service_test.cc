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

// A listening socket of 127.0.0.1, or of another address, on a port of the system's choice.
struct Listening {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  uint16_t port = 0;

  explicit Listening(in_addr_t ip = INADDR_LOOPBACK) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(ip);
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(fd, 16) == 0);
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~Listening() { close(fd); }
};

// A listening socket that is a file.
struct ListeningFile {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  explicit ListeningFile(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(fd, 16) == 0);
  }
  ~ListeningFile() { close(fd); }
};

// `serve` as systemd starts it: the sockets as descriptors 3 and on, and the environment that says so. What it says
// goes to a file beside the configuration.
pid_t serve(const std::string& config, const std::string& notify, const std::vector<int>& sockets,
            const std::string& names) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  int out = open((config + ".out").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  std::vector<int> beyond;  // the numbers to be given may be those of the sockets
  for (int fd : sockets) beyond.push_back(fcntl(fd, F_DUPFD_CLOEXEC, 100));
  for (size_t i = 0; i < beyond.size(); ++i) dup2(beyond[i], 3 + static_cast<int>(i));
  setenv("NOTIFY_SOCKET", notify.c_str(), 1);
  setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
  setenv("LISTEN_FDNAMES", names.c_str(), 1);
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  execl(HOOKSWITCH_BINARY_DIR "/hookswitch", "hookswitch", "-c", config.c_str(), "serve", nullptr);
  _exit(127);
}

/// Its exit code, -1 when it was killed.
int ended(pid_t process) {
  int status = 0;
  waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("a service manager is told of readiness, health, reloading and the end, and may hand the socket over") {
  EngineProcess settings;  // for its configuration alone
  Manager manager(settings.dir().path());
  Listening socket;
  pid_t engine = serve(settings.config_file(), manager.path(), {socket.fd}, "http");
  REQUIRE(manager.heard("READY=1"));
  auto answer = cli::request("GET", "http://127.0.0.1:" + std::to_string(socket.port) + "/readyz", {}, "");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(manager.heard("WATCHDOG=1"));
  kill(engine, SIGHUP);
  CHECK(manager.heard("RELOADING=1"));
  kill(engine, SIGTERM);
  CHECK(manager.heard("STOPPING=1"));
  CHECK(ended(engine) == 0);
}

TEST_CASE("of several sockets with one name each is served, and one that nobody would serve is refused by its name") {
  EngineProcess settings;
  Manager manager(settings.dir().path());
  Listening one, two;
  SECTION("one name") {
    pid_t engine = serve(settings.config_file(), manager.path(), {one.fd, two.fd}, "http:http");
    REQUIRE(manager.heard("READY=1"));
    for (const Listening* socket : {&one, &two}) {
      auto answer = cli::request("GET", "http://127.0.0.1:" + std::to_string(socket->port) + "/readyz", {}, "");
      REQUIRE(answer);
      CHECK(answer->status == 200);
    }
    kill(engine, SIGTERM);
    CHECK(ended(engine) == 0);
  }
  SECTION("a name of nobody") {
    CHECK(ended(serve(settings.config_file(), manager.path(), {one.fd, two.fd}, "http:metrics")) == 1);
    CHECK(read_file(settings.config_file() + ".out").find("named \"metrics\"") != std::string::npos);
  }
  SECTION("https where it is not configured") {
    CHECK(ended(serve(settings.config_file(), manager.path(), {one.fd, two.fd}, "http:https")) == 1);
    CHECK(read_file(settings.config_file() + ".out").find("named \"https\"") != std::string::npos);
  }
}

TEST_CASE("a socket that is a file is refused, for its clients have no address and the engine no port") {
  EngineProcess settings;
  Manager manager(settings.dir().path());
  ListeningFile socket(settings.dir().path() + "/http");
  CHECK(ended(serve(settings.config_file(), manager.path(), {socket.fd}, "http")) == 1);
  const std::string said = read_file(settings.config_file() + ".out");
  INFO(said);
  CHECK(said.find("one named \"http\" that is a path") != std::string::npos);
}

TEST_CASE("a socket for http that others can reach is refused as its address in the file is, unless that is allowed") {
  EngineProcess settings;
  Manager manager(settings.dir().path());
  Listening open(INADDR_ANY);
  SECTION("not allowed") {
    CHECK(ended(serve(settings.config_file(), manager.path(), {open.fd}, "http")) == 1);
    const std::string said = read_file(settings.config_file() + ".out");
    INFO(said);
    CHECK(said.find("at 0.0.0.0 port " + std::to_string(open.port) + ", which others can reach without TLS") !=
          std::string::npos);
    CHECK(said.find("`insecure: true`") != std::string::npos);
  }
  SECTION("allowed") {
    std::string config = read_file(settings.config_file());
    const std::string own = "{http: 127.0.0.1:0}";
    config.replace(config.find(own), own.size(), "{http: 127.0.0.1:0, insecure: true}");
    settings.dir().write("hookswitch.yaml", config);
    pid_t engine = serve(settings.config_file(), manager.path(), {open.fd}, "http");
    REQUIRE(manager.heard("READY=1"));
    kill(engine, SIGTERM);
    CHECK(ended(engine) == 0);
  }
}

}  // namespace hookswitch::test
