// Sending made-up traffic to a server: everything arrives once, 503 is tried again, and a rate is kept.
#include "engine/simulator/sender.h"

#include <catch2/catch.hpp>
#include <mutex>
#include <set>

#include "engine/base/clock.h"
#include "engine/http/server.h"

using namespace hookswitch;

namespace {

/// Answers `status` to the first requests of its plan, then 200, and remembers the bodies it took.
class Desk final : public Handler {
 public:
  explicit Desk(int refuse_first = 0, int status = 503) : refuse_first_(refuse_first), status_(status) {}

  std::unique_ptr<Receiver> on_request(Request&&, std::shared_ptr<Exchange> exchange) override {
    return std::make_unique<Reader>(*this, std::move(exchange));
  }
  size_t taken() {
    std::lock_guard lock(mutex_);
    return bodies_.size();
  }

 private:
  struct Reader final : Receiver {
    Reader(Desk& to, std::shared_ptr<Exchange> exchange) : desk(to), answer(std::move(exchange)) {}
    void on_body(std::string_view piece) override { body += piece; }
    void on_complete() override {
      answer->respond({.status = desk.take(std::move(body)), .headers = {}, .body = "{}"});
    }
    void on_abort() override {}
    Desk& desk;
    std::shared_ptr<Exchange> answer;
    std::string body;
  };

  int take(std::string body) {
    std::lock_guard lock(mutex_);
    if (refuse_first_-- > 0) return status_;
    bodies_.insert(std::move(body));
    return 200;
  }

  std::mutex mutex_;
  std::set<std::string> bodies_;
  int refuse_first_, status_;
};

struct Line {
  explicit Line(Desk& desk) : server(Server::start({.listeners = {{.address = "127.0.0.1:0"}}}, desk, clock).value()) {}
  SenderOptions options() const {
    SenderOptions out{.base_url = "http://127.0.0.1:" + std::to_string(server->ports()[0]), .public_url = "https://x"};
    out.retry_ms = 1;
    return out;
  }
  SystemClock clock;
  std::unique_ptr<Server> server;
};

Simulation calls(uint64_t count) {
  static Providers providers;
  static auto loaded = providers.load_dir(HOOKSWITCH_BINARY_DIR "/plugins");
  auto source = providers.create_source("phone", "twilio", R"({"auth_token":"t"})").value();
  return Simulation::create({.seed = 3, .calls = count}, {source}).value();
}

bool go_on(const SendSummary&) { return true; }

}  // namespace

TEST_CASE("every delivery arrives and is counted with its answer") {
  Desk desk;
  Line line(desk);
  Simulation simulation = calls(100);
  auto summary = send_all(simulation, line.options(), go_on).value();
  CHECK(summary.sent > 250);
  CHECK(summary.by_status == std::map<int, uint64_t>{{200, summary.sent}});
  CHECK(summary.all_accepted());
  CHECK(summary.retries == 0);
  CHECK(desk.taken() == summary.sent);
  CHECK(summary.p50_us > 0);
  CHECK(summary.p99_us >= summary.p50_us);
}

TEST_CASE("an answer 503 is tried again later, and what is refused for good is not") {
  Simulation simulation = calls(20), others = calls(20);
  Desk busy(7);
  Line line(busy);
  auto summary = send_all(simulation, line.options(), go_on).value();
  CHECK(summary.retries == 7);
  CHECK(summary.all_accepted());
  CHECK(busy.taken() == summary.sent);
  Desk strict(7, 401);
  Line other(strict);
  auto refused = send_all(others, other.options(), go_on).value();
  CHECK(refused.retries == 0);
  CHECK(refused.by_status[401] == 7);
  CHECK_FALSE(refused.all_accepted());
}

TEST_CASE("after the last attempt a delivery counts as answered 503") {
  Desk busy(1'000'000);
  Line line(busy);
  SenderOptions options = line.options();
  options.attempts = 2;
  Simulation simulation = calls(5);
  auto summary = send_all(simulation, options, go_on).value();
  CHECK(summary.by_status == std::map<int, uint64_t>{{503, summary.sent}});
  CHECK(summary.retries == summary.sent);
}

TEST_CASE("a rate is kept") {
  Desk desk;
  Line line(desk);
  SenderOptions options = line.options();
  options.per_second = 200;
  Simulation simulation = calls(20);
  auto summary = send_all(simulation, options, go_on).value();
  CHECK(summary.took_us >= static_cast<int64_t>(summary.sent - 1) * 5'000);
}

TEST_CASE("nobody there is no answer, and stopping ends it") {
  Simulation simulation = calls(5), many = calls(100'000);
  SenderOptions options{.base_url = "http://127.0.0.1:1", .public_url = "https://x", .attempts = 1};
  auto summary = send_all(simulation, options, go_on).value();
  CHECK(summary.by_status == std::map<int, uint64_t>{{0, summary.sent}});
  Desk desk;
  Line line(desk);
  auto stopped = send_all(many, line.options(), [](const SendSummary&) { return false; }).value();
  CHECK(stopped.sent > 0);
  CHECK(stopped.sent < 300'000);
}
