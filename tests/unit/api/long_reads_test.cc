// Who waits for a long reading, in which order they are read, and what becomes of them at the end.
#include "engine/api/long_reads.h"

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <latch>
#include <thread>

#include "tests/unit/api/fake_exchange.h"

namespace hookswitch::test {
namespace {

/// What one who asked was told; it may have gone.
class Asker final : public Exchange {
 public:
  void respond(Response response) override {
    status_ = response.status;
    status_.notify_all();
  }
  std::shared_ptr<Stream> start_stream(Response, const std::string&) override { return nullptr; }
  bool gone() const override { return gone_; }
  void go() { gone_ = true; }
  int status() const { return status_; }
  /// Waits for the answer.
  int told() const {
    status_.wait(0);
    return status_;
  }

 private:
  std::atomic<bool> gone_{false};
  std::atomic<int> status_{0};
};

/// A thread that is held up by a first reading, so that others wait.
class Held {
 public:
  Held() {
    reads.run({"first", std::make_shared<Asker>(), [this] {
                 begun_.count_down();
                 go_on_.wait();
               }});
    begun_.wait();
  }
  ~Held() { finish(); }

  std::shared_ptr<Asker> ask(const std::string& by, const std::string& what = "") {
    auto asker = std::make_shared<Asker>();
    reads.run({by, asker, [this, asker, what] {
                 read.push_back(what);
                 asker->respond({200, {}, ""});
               }});
    return asker;
  }
  /// Two that ask one at a time, each while the other's reading is read.
  void rally(const std::string& by, const std::string& other, int readings) {
    reads.run({by, std::make_shared<Asker>(), [this, by, other, readings] {
                 read.push_back(by);
                 if (readings > 1) rally(other, by, readings - 1);
               }});
  }
  void let_go() {
    if (!std::exchange(let_go_, true)) go_on_.count_down();
  }
  void finish() {
    let_go();
    reads.settle();
  }

  std::vector<std::string> read;
  LongReads reads;

 private:
  bool let_go_ = false;
  std::latch begun_{1}, go_on_{1};
};

}  // namespace

TEST_CASE("who has gone gives their place to who has not, and is read when nobody else waits") {
  Held held;
  auto gone = held.ask("a", "gone");
  gone->go();
  auto stays = held.ask("a", "stays");
  held.finish();
  CHECK(held.read == std::vector<std::string>{"stays", "gone"});

  Held full;
  std::vector<std::shared_ptr<Asker>> went, stayed;
  for (size_t i = 0; i < LongReads::kWaiting; ++i) went.push_back(full.ask(fmt::format("token_{}", i)));
  CHECK(full.ask("late")->status() == 503);
  for (auto& one : went) one->go();
  for (size_t i = 0; i < LongReads::kWaiting; ++i) stayed.push_back(full.ask(fmt::format("token_{}", i)));
  full.finish();
  for (auto& one : went) CHECK(one->status() == 503);
  for (auto& one : stayed) CHECK(one->status() == 200);
}

TEST_CASE("one token fills a part of the places, and the others are left to the rest") {
  Held held;
  for (size_t i = 0; i < LongReads::kWaitingOfOne; ++i) CHECK(held.ask("greedy")->status() == 0);
  CHECK(held.ask("greedy")->status() == 503);
  auto other = held.ask("other");
  CHECK(other->status() == 0);
  held.finish();
  CHECK(other->status() == 200);
  auto again = held.ask("greedy");
  held.finish();
  CHECK(again->status() == 200);
}

TEST_CASE("who ask take turns, however many readings one of them wants") {
  Held held;
  for (const char* what : {"a1", "a2", "a3"}) held.ask("a", what);
  for (const char* what : {"b1", "b2"}) held.ask("b", what);
  held.ask("first", "first2");
  held.ask("c", "c1");
  held.finish();
  CHECK(held.read == std::vector<std::string>{"a1", "b1", "c1", "first2", "a2", "b2", "a3"});
}

TEST_CASE("who has waited is read before those who ask again and again, one reading at a time") {
  Held held;
  for (const char* what : {"a1", "a2", "a3"}) held.ask("a", what);
  held.rally("b", "c", 6);
  held.finish();
  CHECK(held.read == std::vector<std::string>{"a1", "b", "a2", "c", "a3", "b", "c", "b", "c"});
}

TEST_CASE("at the end the reading under way is waited for, and nothing else is read") {
  Held held;
  auto waits = held.ask("a");
  std::thread stopper([&] { held.reads.stop(); });
  CHECK(waits->told() == 503);
  held.let_go();
  stopper.join();
  CHECK(held.ask("a")->status() == 503);
  CHECK(held.read.empty());
}

}  // namespace hookswitch::test
