// A load generator: keep-alive connections on one epoll loop, each posting signed webhooks one after another.
//   bench_load ADDRESS:PORT PATH CONNECTIONS SECONDS [--bytes N] [--distinct N] [--rate N] [--secret S] [--first N]
// Prints one JSON line: answers per second, how many were 200, latencies in microseconds.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "tests/bench/payload.h"

namespace {

using hookswitch::to_hex;
using hookswitch::bench::body_of;
using SteadyClock = std::chrono::steady_clock;

struct Options {
  std::string host, path;
  uint16_t port = 0;
  int connections = 64;
  double seconds = 5;
  size_t bytes = 4096;
  int distinct = 2000;
  double rate = 0;  // 0: as fast as answers come
  int first = 1;
  std::string secret = "wsec_bench";
};

std::string signature(const std::string& secret, const std::string& body) {
  std::string t = std::to_string(std::time(nullptr));
  std::string message = t + "." + body;
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), out, &size);
  return "t=" + t + ",v0=" + to_hex({reinterpret_cast<char*>(out), size});
}

std::vector<std::string> requests_of(const Options& options) {
  std::vector<std::string> out;
  for (int i = 0; i < options.distinct; ++i) {
    std::string body = body_of(options.first + i, options.bytes);
    out.push_back(fmt::format("POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: "
                              "application/json\r\nElevenLabs-Signature: {}\r\nContent-Length: {}\r\n\r\n",
                              options.path, signature(options.secret, body), body.size()) +
                  body);
  }
  return out;
}

struct Connection {
  int fd = -1;
  const std::string* request = nullptr;
  size_t sent = 0;
  bool writing = false;  // waits for room in the socket
  std::string answer;
  SteadyClock::time_point start;
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), requests_(requests_of(options)), epoll_(epoll_create1(0)) {}

  int run() {
    connections_.resize(options_.connections);
    for (auto& connection : connections_) {
      if (!open(connection)) return 1;
    }
    auto begin = SteadyClock::now();
    end_ = begin + std::chrono::microseconds(static_cast<int64_t>(options_.seconds * 1e6));
    for (auto& connection : connections_) idle_.push_back(&connection);
    begin_ = begin;
    while (SteadyClock::now() < end_ && broken_ < options_.connections) turn();
    print(std::chrono::duration<double>(SteadyClock::now() - begin).count());
    return 0;
  }

 private:
  bool open(Connection& connection) {
    connection.fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options_.port);
    inet_pton(AF_INET, options_.host.c_str(), &to.sin_addr);
    if (connect(connection.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
      fmt::print(stderr, "connect {}:{}: {}\n", options_.host, options_.port, std::strerror(errno));
      return false;
    }
    int one = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(connection.fd, F_SETFL, O_NONBLOCK);
    epoll_event event{EPOLLIN, {.ptr = &connection}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    return true;
  }

  void turn() {
    while (!idle_.empty() && may_send()) {
      Connection* connection = idle_.back();
      idle_.pop_back();
      begin_request(*connection);
    }
    epoll_event events[256];
    int count = epoll_wait(epoll_, events, 256, options_.rate > 0 ? 1 : 10);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[i].data.ptr);
      if ((events[i].events & EPOLLOUT) != 0) flush(connection);
      if ((events[i].events & EPOLLIN) != 0) read_answer(connection);
    }
  }

  bool may_send() const {
    if (options_.rate <= 0) return true;
    double elapsed = std::chrono::duration<double>(SteadyClock::now() - begin_).count();
    return static_cast<double>(started_) < elapsed * options_.rate;
  }

  void begin_request(Connection& connection) {
    connection.request = &requests_[started_++ % requests_.size()];
    connection.sent = 0;
    connection.start = SteadyClock::now();
    flush(connection);
  }

  void flush(Connection& connection) {
    while (connection.sent < connection.request->size()) {
      ssize_t n = send(connection.fd, connection.request->data() + connection.sent,
                       connection.request->size() - connection.sent, MSG_NOSIGNAL);
      if (n < 0) break;
      connection.sent += static_cast<size_t>(n);
    }
    bool more = connection.sent < connection.request->size();
    if (more == connection.writing) return;
    connection.writing = more;
    epoll_event event{more ? EPOLLIN | EPOLLOUT : EPOLLIN, {.ptr = &connection}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
  }

  void read_answer(Connection& connection) {
    char bytes[16384];
    ssize_t n = recv(connection.fd, bytes, sizeof bytes, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
      close(connection.fd);
      ++broken_;
      return;
    }
    if (n < 0) return;
    connection.answer.append(bytes, static_cast<size_t>(n));
    size_t head = connection.answer.find("\r\n\r\n");
    if (head == std::string::npos) return;
    size_t at = connection.answer.find("Content-Length: ");
    size_t size = at < head ? std::stoul(connection.answer.substr(at + 16, 20)) : 0;
    if (connection.answer.size() < head + 4 + size) return;
    took_us_.push_back(static_cast<uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - connection.start).count()));
    if (connection.answer.compare(9, 3, "200") == 0) ++ok_;
    connection.answer.clear();
    idle_.push_back(&connection);
  }

  uint32_t percentile(double p) {
    if (took_us_.empty()) return 0;
    auto at = took_us_.begin() + static_cast<ptrdiff_t>(p * static_cast<double>(took_us_.size() - 1));
    std::nth_element(took_us_.begin(), at, took_us_.end());
    return *at;
  }

  void print(double seconds) {
    fmt::print(R"({{"per_second":{:.0f},"answers":{},"ok":{},"broken":{},"p50_us":{},"p99_us":{},"max_us":{}}})"
               "\n",
               static_cast<double>(took_us_.size()) / seconds, took_us_.size(), ok_, broken_, percentile(0.5),
               percentile(0.99), percentile(1));
  }

  Options options_;
  std::vector<std::string> requests_;
  int epoll_;
  std::vector<Connection> connections_;
  std::vector<Connection*> idle_;
  SteadyClock::time_point begin_, end_;
  size_t started_ = 0, ok_ = 0;
  int broken_ = 0;
  std::vector<uint32_t> took_us_;
};

Options parse(int argc, char** argv) {
  Options options;
  std::string address = argv[1];
  size_t colon = address.rfind(':');
  options.host = address.substr(0, colon);
  options.port = static_cast<uint16_t>(std::stoi(address.substr(colon + 1)));
  options.path = argv[2];
  options.connections = std::stoi(argv[3]);
  options.seconds = std::stod(argv[4]);
  for (int i = 5; i + 1 < argc; i += 2) {
    std::string name = argv[i];
    if (name == "--bytes") options.bytes = std::stoul(argv[i + 1]);
    if (name == "--distinct") options.distinct = std::stoi(argv[i + 1]);
    if (name == "--rate") options.rate = std::stod(argv[i + 1]);
    if (name == "--secret") options.secret = argv[i + 1];
    if (name == "--first") options.first = std::stoi(argv[i + 1]);
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    fmt::print(stderr,
               "usage: bench_load ADDRESS:PORT PATH CONNECTIONS SECONDS [--bytes N] [--distinct N] [--rate N] "
               "[--secret S] [--first N]\n");
    return 2;
  }
  return Load(parse(argc, argv)).run();
}
