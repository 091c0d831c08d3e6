// Clients that cost a server more than they bring: connections that have asked once and are silent since, and slow ones
// that send a byte of a request now and then, until they are cut, and come back.
//   bench_crowd ADDRESS:PORT IDLE SLOW
// Prints `ready` when all are there, goes on until SIGTERM, and prints one JSON line about what became of them.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int kOpeningAtOnce = 200;      // so that none is lost to a full backlog
constexpr int kSourceAddresses = 8;      // 127.0.0.2 and on: one address has no more than 28 000 ports
constexpr int64_t kByteEveryMs = 1'000;  // of a slow one
constexpr int64_t kBackAfterMs = 200;    // one that was cut
constexpr int64_t kLookEveryMs = 10;

volatile sig_atomic_t ended = 0;

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

enum class Manner { idle, slow_head, slow_body };
enum class Phase { away, connecting, there };

struct Client {
  Manner manner = Manner::idle;
  int number = 0;
  int fd = -1;
  Phase phase = Phase::away;
  bool settled = false;  // an idle one that had its answer, a slow one that began: it was there once
  int64_t next_ms = 0;   // a slow one's next byte; the next try of one that is not connected
};

class Crowd {
 public:
  Crowd(sockaddr_in server, int idle, int slow) : server_(server), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (int i = 0; i < idle + slow; ++i) {
      const Manner manner = i < idle ? Manner::idle : i % 2 == 0 ? Manner::slow_head : Manner::slow_body;
      clients_.push_back({.manner = manner, .number = i});
    }
  }

  void run() {
    bool said = false;
    for (int64_t looked_ms = 0; ended == 0;) {
      epoll_event events[256];
      const int count = epoll_wait(epoll_, events, 256, static_cast<int>(kLookEveryMs));
      for (int i = 0; i < count; ++i) on_event(*static_cast<Client*>(events[i].data.ptr), events[i].events);
      if (now_ms() - looked_ms < kLookEveryMs) continue;
      looked_ms = now_ms();
      for (Client& client : clients_) look_after(client, looked_ms);
      if (!said && settled_ == clients_.size()) {
        fmt::print("ready\n");
        std::fflush(stdout);
        said = true;
      }
    }
    print();
  }

 private:
  void look_after(Client& client, int64_t now) {
    if (now < client.next_ms) return;
    if (client.phase == Phase::away && connecting_ < kOpeningAtOnce) return open(client, now);
    if (client.phase != Phase::there || client.manner == Manner::idle) return;
    client.next_ms = now + kByteEveryMs;
    if (send(client.fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN) drop(client, now);
  }

  void open(Client& client, int64_t now) {
    client.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    client.phase = Phase::connecting;
    ++connecting_;
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<uint32_t>(client.number % kSourceAddresses));
    const int on = 1;
    setsockopt(client.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const bool begun =
        bind(client.fd, reinterpret_cast<sockaddr*>(&from), sizeof from) == 0 &&
        (connect(client.fd, reinterpret_cast<sockaddr*>(&server_), sizeof server_) == 0 || errno == EINPROGRESS);
    if (!begun) {
      fmt::print(stderr, "connect: {}\n", std::strerror(errno));
      return drop(client, now);
    }
    epoll_event event{EPOLLOUT, {.ptr = &client}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
  }

  void on_event(Client& client, uint32_t events) {
    const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
    if (client.phase == Phase::connecting) return broken ? drop(client, now_ms()) : begin(client);
    if (client.phase == Phase::there) read(client);
  }

  void begin(Client& client) {
    --connecting_;
    client.phase = Phase::there;
    epoll_event event{EPOLLIN, {.ptr = &client}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, client.fd, &event);
    std::string text = "GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n";
    if (client.manner == Manner::slow_head) text = "POST /hooks/elevenlabs HTTP/1.1\r\nHost: bench\r\nX-Slow: ";
    if (client.manner == Manner::slow_body) {
      text =
          "POST /hooks/elevenlabs HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
          "ElevenLabs-Signature: t=1,v0=00\r\nContent-Length: 4096\r\n\r\n";
    }
    if (send(client.fd, text.data(), text.size(), MSG_NOSIGNAL) < 0) return drop(client, now_ms());
    client.next_ms = now_ms() + static_cast<int64_t>(random_() % kByteEveryMs);
    if (client.manner != Manner::idle) settle(client);
  }

  void read(Client& client) {
    char bytes[4096];
    const ssize_t n = recv(client.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      ++cut_;
      return drop(client, now_ms());
    }
    const std::string_view answer(bytes, static_cast<size_t>(n));
    if (answer.starts_with("HTTP/1.1 408")) ++timed_out_;
    if (answer.starts_with("HTTP/1.1 503")) ++refused_;
    if (client.manner == Manner::idle && answer.starts_with("HTTP/1.1 200")) settle(client);
  }

  void settle(Client& client) {
    if (!std::exchange(client.settled, true)) ++settled_;
  }

  void drop(Client& client, int64_t now) {
    if (client.phase == Phase::connecting) --connecting_;
    if (client.fd >= 0) close(client.fd);
    client.fd = -1;
    client.phase = Phase::away;
    client.next_ms = now + kBackAfterMs;
  }

  void print() const {
    size_t open = 0;
    for (const Client& client : clients_) open += client.phase == Phase::there ? 1 : 0;
    fmt::print(R"({{"open":{},"cut":{},"timed_out":{},"refused":{}}})"
               "\n",
               open, cut_, timed_out_, refused_);
  }

  sockaddr_in server_;
  int epoll_;
  std::vector<Client> clients_;
  std::mt19937 random_{1};
  int connecting_ = 0;
  size_t settled_ = 0;
  uint64_t cut_ = 0, timed_out_ = 0, refused_ = 0;
};

bool take_descriptors(rlim_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: bench_crowd ADDRESS:PORT IDLE SLOW\n");
    return 2;
  }
  const std::string address = argv[1];
  const size_t colon = address.rfind(':');
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &server.sin_addr);
  const int idle = std::stoi(argv[2]), slow = std::stoi(argv[3]);
  if (!take_descriptors(static_cast<rlim_t>(idle + slow) + 32)) {
    fmt::print(stderr, "this process may not open {} connections: raise its limit of open files\n", idle + slow);
    return 1;
  }
  signal(SIGTERM, [](int) { ended = 1; });
  Crowd(server, idle, slow).run();
  return 0;
}
