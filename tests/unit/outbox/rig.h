// The outbox over a real log, processor and plugins, with a provider that a test tells how to fail, and a clock that
// stands still until it is told to move.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "engine/outbox/dispatcher.h"
#include "tests/support/fake_provider.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {

/// A log that can be made to refuse records, as a full one does.
class FullLog final : public Log {
 public:
  explicit FullLog(Log& log) : log_(log) {}
  std::atomic<int> refuse{0};   // of the next records, so many
  std::atomic<int> mislead{0};  // so many are taken and said to be refused, as by a disk that fails after writing

  Status append(NewRecord& record, Done done) override;
  Result<size_t> read(uint64_t from_seq, size_t count, const Visit& visit,
                      const std::function<void(uint64_t, const Error&)>& corrupt) const override {
    return log_.read(from_seq, count, visit, corrupt);
  }
  Result<size_t> read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const override {
    return log_.read_backwards(from_seq, count, visit);
  }
  Result<uint64_t> seq_at(int64_t time_ms) const override { return log_.seq_at(time_ms); }
  uint64_t last_seq() const override { return log_.last_seq(); }
  uint64_t wait_beyond(uint64_t seq, int64_t wait_ms) const override { return log_.wait_beyond(seq, wait_ms); }
  void wake() const override { log_.wake(); }
  void keep_from(uint64_t seq) override { log_.keep_from(seq); }
  Result<bool> trim_step() override { return log_.trim_step(); }
  Result<Redacted> redact_step(uint64_t from_seq, uint64_t end_seq, const Judge& judge) override {
    return log_.redact_step(from_seq, end_seq, judge);
  }
  LogStats stats() const override { return log_.stats(); }
  void stop() override { log_.stop(); }

 private:
  Log& log_;
};

class Rig {
 public:
  explicit Rig(Faults faults = {}, RecipientOptions pace = {.concurrency = 5, .per_second = 0},
               std::map<std::string, SinkOptions> sinks = {});
  ~Rig();

  void start();
  void stop() { outbox_->stop(); }
  /// Another dispatcher on the same stores, as after a crash.
  void replace();

  /// An action of type "call" that may be made at any hour; the n-th number of that source.
  std::string call(const std::string& source, int n, int priority = 0, int64_t after_ms = 0);
  std::string end_call(const std::string& source, const std::string& call_sid);
  /// Twilio's, to its n-th number.
  std::string sms(int n, const std::string& body);
  std::string redirect(const std::string& call_sid, Json instructions);
  std::string emit(const std::string& sink, int n);
  Action action(const std::string& id);
  std::string status(const std::string& id) { return name(action(id).status); }
  /// Waits until `condition`, waking the outbox as commits would.
  bool until(const std::function<bool()>& condition);
  bool becomes(const std::string& id, const std::string& wanted) {
    return until([&] { return status(id) == wanted; });
  }
  void advance_ms(int64_t by_ms) { engine.clock().advance_ms(by_ms); }
  /// Long enough for whatever could still happen to happen.
  void settle();

  FakeProvider provider;
  InProcess engine;
  FullLog log{engine.log()};
  std::function<bool()> may_send = [] { return true; };  // [outbox]
  Metrics metrics;

  Dispatcher& outbox() { return *outbox_; }

 private:
  std::string make(Action asked, int64_t after_ms);

  OutboxOptions options_;
  std::unique_ptr<HttpClient> http_;
  std::unique_ptr<Dispatcher> outbox_;
  int made_ = 0;
};

}  // namespace hookswitch::test
