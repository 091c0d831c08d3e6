#include <future>
#include <thread>

#include "engine/base/limits.h"
#include "tests/unit/log/log_fixture.h"

using namespace hookswitch;

TEST_CASE("sequences count from 1 without gaps and go on after a reopen") {
  LogFixture f;
  f.open();
  CHECK(f.log->last_seq() == 0);
  CHECK(f.log->stats().first_seq == 1);
  CHECK(f.add("a") == 1);
  CHECK(f.add("b") == 2);
  f.open();
  CHECK(f.log->last_seq() == 2);
  CHECK(f.add("c") == 3);
  CHECK(f.bodies() == Bodies{"a", "b", "c"});
}

TEST_CASE("what several threads append is answered in the order of its sequences") {
  LogFixture f;
  f.options.slow_sync_us = 500;
  f.open();
  constexpr uint64_t kThreads = 4, kEach = 200;
  std::vector<uint64_t> answered;  // only the committer writes it
  std::atomic<uint64_t> done = 0;
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (uint64_t i = 0; i < kEach; ++i) {
        NewRecord record = LogFixture::record("x");
        auto queued = f.log->append(record, [&](Result<uint64_t> seq) {
          answered.push_back(seq.value_or(0));
          ++done;
        });
        if (!queued) std::abort();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  f.log->stop();
  REQUIRE(done == kThreads * kEach);
  for (uint64_t i = 0; i < answered.size(); ++i) REQUIRE(answered[i] == i + 1);
  CHECK(f.log->stats().records == kThreads * kEach);
  CHECK(f.log->stats().commits < kThreads * kEach);
}

TEST_CASE("with a slow disk groups grow, so many appends cost few syncs") {
  LogFixture f;
  f.options.slow_sync_us = 20'000;
  f.open();
  std::vector<std::future<void>> waiting;
  for (int i = 0; i < 500; ++i) {
    auto answered = std::make_shared<std::promise<void>>();
    waiting.push_back(answered->get_future());
    NewRecord record = LogFixture::record("x");
    REQUIRE(f.log->append(record, [answered](Result<uint64_t>) { answered->set_value(); }));
  }
  for (auto& one : waiting) one.wait();
  const LogStats stats = f.log->stats();
  CHECK(stats.records == 500);
  CHECK(stats.commits <= 20);
}

namespace {

/// A log whose committer stands still in the answer to a first record, until let go.
struct HeldLog : LogFixture {
  std::promise<void> held, let_go;
  void hold() {
    open();
    NewRecord first = record("first");
    REQUIRE(log->append(first, [this](Result<uint64_t>) {
      held.set_value();
      let_go.get_future().wait();
    }));
    held.get_future().wait();
  }
};

}  // namespace

TEST_CASE("the queue takes its limit of records, gives the next one back unchanged, and takes more when emptied") {
  HeldLog f;
  f.hold();
  size_t taken = 1;  // the first one counts until it was answered
  for (; taken < limits::kAppendQueueRecords; ++taken) {
    NewRecord record = f.record("x");
    REQUIRE(f.log->append(record, [](Result<uint64_t>) {}));
  }
  NewRecord one_more = f.record("kept");
  auto refused = f.log->append(one_more, [](Result<uint64_t>) { FAIL("done of a refused record was called"); });
  CHECK(refused.error().code == Code::unavailable);
  CHECK(one_more.body == "kept");
  CHECK(f.log->stats().queued_records == limits::kAppendQueueRecords);
  f.let_go.set_value();
  f.log->wait_beyond(limits::kAppendQueueRecords - 1, 20'000);
  f.log->stop();
  CHECK(f.log->stats().queued_records == 0);
  CHECK(f.log->stats().queued_bytes == 0);
  CHECK(f.bodies().size() == limits::kAppendQueueRecords);
  CHECK(f.log->append(one_more, [](Result<uint64_t>) {}).error().code == Code::unavailable);
}

TEST_CASE("the queue is bounded by bytes as well") {
  HeldLog f;
  f.hold();
  const std::string big(16 * limits::kMiB, 'x');
  for (int i = 0; i < 3; ++i) {
    NewRecord record = f.record(big);
    REQUIRE(f.log->append(record, [](Result<uint64_t>) {}));
  }
  NewRecord record = f.record(big);
  CHECK(f.log->append(record, [](Result<uint64_t>) {}).error().code == Code::unavailable);
  CHECK(record.body.size() == big.size());
  f.let_go.set_value();
  f.log->stop();
  CHECK(f.log->last_seq() == 4);
}

TEST_CASE("records are taken up to each limit and refused beyond it") {
  LogFixture f;
  f.open();
  NewRecord record = f.record("x");
  record.source = std::string(limits::kSourceNameBytes, 's');
  record.headers = {{"n", std::string(limits::kRecordHeaderBytes - 7, 'v')}};
  f.added(record);
  NewRecord long_source = record, long_headers = record, long_body = record, bad_blob = record, both = record;
  long_source.source += "s";
  long_headers.headers[0].second += "v";
  long_body.body = std::string(limits::kBodyBytes + 1, 'x');
  bad_blob.body = "";
  bad_blob.blob = "../../etc/passwd";
  both.blob = std::string(64, 'a');
  CHECK(f.log->append_and_wait(long_source).error().code == Code::too_large);
  CHECK(f.log->append_and_wait(long_headers).error().code == Code::too_large);
  CHECK(f.log->append_and_wait(long_body).error().code == Code::too_large);
  CHECK(f.log->append_and_wait(bad_blob).error().code == Code::invalid);
  CHECK(f.log->append_and_wait(both).error().code == Code::invalid);
  CHECK(f.log->last_seq() == 1);
}

TEST_CASE("record times never go back, though the clock does, also across a reopen") {
  LogFixture f;
  f.open();
  f.add("a", 1'000);
  f.add("b", 400);
  f.open();
  f.add("c", 700);
  f.add("d", 1'001);
  std::vector<int64_t> times;
  REQUIRE(f.log->read(1, 10, [&](const RecordView& record) {
    times.push_back(record.time_ms);
    return true;
  }));
  CHECK(times == std::vector<int64_t>{1'000, 1'000, 1'000, 1'001});
}

TEST_CASE("a time that was far ahead by mistake is not everybody's time until then, also across a reopen") {
  constexpr int64_t kAhead = 30LL * 86'400'000;
  LogFixture f;
  f.open();
  f.add("a", 1'000);
  f.add("b", kAhead);
  f.open();
  f.add("c", 2'000);
  f.add("d", 1'500);
  std::vector<int64_t> times;
  REQUIRE(f.log->read(1, 10, [&](const RecordView& record) {
    times.push_back(record.time_ms);
    return true;
  }));
  CHECK(times == std::vector<int64_t>{1'000, kAhead, 2'000, 2'000});
}

TEST_CASE("a callback that throws harms nobody else") {
  LogFixture f;
  f.open();
  NewRecord record = f.record("a");
  REQUIRE(f.log->append(record, [](Result<uint64_t>) { throw std::runtime_error("mine"); }));
  CHECK(f.add("b") == 2);
}

TEST_CASE("wait_beyond ends with the record waited for, with a wake, and with its time") {
  LogFixture f;
  f.open();
  CHECK(f.log->wait_beyond(0, 1) == 0);
  auto waiting = std::async(std::launch::async, [&] { return f.log->wait_beyond(0, 20'000); });
  f.add("a");
  CHECK(waiting.get() >= 1);
  auto woken = std::async(std::launch::async, [&] { return f.log->wait_beyond(1, 20'000); });
  f.log->wake();  // before or after the wait begins: it ends either way
  CHECK(woken.get() == 1);
}

TEST_CASE("nothing is acknowledged while the log's directory is not where it was") {
  LogFixture f;
  bool before = true, behind = true;
  f.options.in_place = [&] { return std::exchange(before, behind); };
  f.open();
  auto appended = [&](bool there_before, bool there_behind) {
    before = there_before;
    behind = there_behind;
    return f.log->append_and_wait(LogFixture::record("x"));
  };
  CHECK(appended(true, true).value() == 1);
  CHECK(f.log->stats().last_error.empty());
  // Taken away during the commit: nobody is told that it is kept, though it is if the directory comes back.
  auto lost = appended(true, false);
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Code::unavailable);
  CHECK(f.log->stats().last_error == lost.error().message);
  CHECK_THAT(lost.error().message, Catch::Contains("was removed or replaced"));
  CHECK(f.log->last_seq() == 2);
  // Gone already: nothing is written.
  CHECK_FALSE(appended(false, false));
  CHECK(f.log->last_seq() == 2);
  CHECK(appended(true, true).value() == 3);
  CHECK(f.bodies() == Bodies{"x", "x", "x"});
}
