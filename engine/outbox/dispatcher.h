// The outbox's thread: takes what is due, claims it, sends it, and brings what came back into the log.
//
// It decides nothing about an action: the processor grants a claim and reads the answer, both records of the log
// (processor/actions.h). What is kept here is only what is under way now. Nothing is polled: commits of the processor,
// answers and due times wake the thread.
//
//   due ─▶ state synced, log: claim ─▶ granted ─▶ sent ─▶ log: answer ─▶ read by the processor ─▶ forgotten here
//   unknown, and its look is due ─▶ asked ─▶ log: looked ─▶ ...
//
// An outcome is never dropped: while the log cannot take it, it is kept and tried again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/log/log.h"
#include "engine/outbox/http_client.h"
#include "engine/outbox/mail.h"
#include "engine/outbox/outbox_metrics.h"
#include "engine/outbox/recipient.h"
#include "engine/outbox/sinks.h"
#include "engine/processor/answers.h"
#include "engine/providers/sources.h"
#include "engine/state/actions.h"
#include "engine/state/store.h"

namespace hookswitch {

struct OutboxOptions {
  std::string public_url;                           // how providers reach us
  std::map<std::string, RecipientOptions> sources;  // configured ones
  std::map<std::string, SinkOptions> sinks;
  int64_t timeout_ms = limits::kOutboundTimeoutMs;  // of a request
  int64_t drain_ms = limits::kOutboxDrainMs;
};

class Dispatcher {
 public:
  struct Parts {
    Log& log;
    Store& store;
    const Sources& sources;
    Answers& answers;
    HttpClient& http;
    Metrics& metrics;
    const Clock& clock;
    std::function<uint64_t()> position;  // [any] newest record whose effects are committed
    /// Whether the log that is written is the one that a start would find: else what is sent would be sent again.
    std::function<bool()> may_send = [] { return true; };
  };

  Dispatcher(Parts parts, OutboxOptions options);
  ~Dispatcher();  // stop()

  void start();
  /// What start() has a thread do, for whoever gives the engine its turns: begin() once, then step() again and again. A
  /// step waits so long for something to happen, does what is due, and says how long nothing else will be, in us.
  void begin();
  int64_t step(int64_t wait_us);
  /// Begins nothing new, lets what is under way end for a while, and ends. What is cut off then is "lost" at the next
  /// start. The log must still take records.
  void stop();

  /// [any] The state has changed. Cheap.
  void wake() { mail_->ring(); }
  /// [any] The configuration has changed: whoever was left alone is tried again.
  void forgive();
  /// [any] For GET /status.
  Json status() const;

 private:
  /// One attempt or look on its way.
  struct Flight {
    enum class Stage { claiming, granted, sending, reporting };
    Stage stage = Stage::claiming;
    Action action;
    int attempt = 0;
    bool look = false;
    HttpAsk ask;
    bool judged = false;              // the recipient's health knows of it
    std::string unsendable;           // why no request could be made of it
    std::optional<NewRecord> record;  // not in the log yet
    int64_t began_us = 0;
  };
  using Stage = Flight::Stage;
  using Flights = std::map<std::string, Flight>;

  // dispatcher.cc: what is due
  void run();
  int64_t turn();
  void begin_all(const Reader& reader);
  bool recover();
  void clear_doubts(const Reader& reader);
  void count_calls(const Reader& reader, Recipient& to);
  void gather(const Reader& reader, const ActionLane& lane);
  bool begin_due(const Reader& reader, const ActionLane& lane, Recipient& to);
  void begin(Recipient& to, Action action);
  Recipient* recipient_of(const std::string& name);
  void wake_at(int64_t steady_us) { wake_us_ = std::min(wake_us_, steady_us); }
  void later(int64_t after_ms, OutboxMail::Letter letter);
  void run_later();
  void note_status();

  // sending.cc: one flight, step by step
  void plan(Recipient& to, Flight& flight);
  Result<HttpAsk> request_of(const Recipient& to, const Flight& flight);
  void claim_all();
  void append(const std::string& id, NewRecord record);
  void unwritten(const std::string& id, const Error& error);
  void report_unreadable(const std::string& id, Flight& flight, const Error& error);
  void await(const std::string& id, uint64_t seq);
  void heard(const std::string& id, uint64_t seq, const std::optional<Answer>& answer);
  std::string why_not_sent() const;
  std::optional<Json> word_of(const Flight& flight, uint64_t seq, const std::optional<Answer>& answer) const;
  void granted(Flights::iterator at);
  void send(const std::string& id, Flight& flight);
  void write_files();
  void answered(const std::string& id, HttpResult result);
  void judge(Recipient& to, Flight& flight, const HttpResult& result);
  void report(const std::string& id, Flight& flight, NewRecord record);
  void settled(Flights::iterator at, const Json& outcome);
  void release(Flights::iterator at);

  Parts parts_;
  const OutboxOptions options_;
  const std::shared_ptr<OutboxMail> mail_ = std::make_shared<OutboxMail>();
  OutboxMetrics metrics_;

  // [outbox]
  Elapsed elapsed_{parts_.clock};  // what another process sent counts from the start of this one
  Sinks sinks_;
  std::map<std::string, Recipient> recipients_;
  Flights flights_;
  std::vector<std::string> claims_;                        // begun in this turn
  std::map<std::string, int> doubtful_;                    // attempts whose claim the log refused, by action
  std::map<std::string, std::vector<std::string>> files_;  // granted for a file sink, by sink
  std::multimap<int64_t, OutboxMail::Letter> later_;       // by when, steady us
  int64_t wake_us_ = 0;
  int64_t rest_until_us_ = 0;  // the log or the state could not be written: nothing begins
  int64_t complain_us_ = 0;    // not before
  uint64_t recover_to_ = 0;    // the log's end at the start
  bool recovered_ = false;
  bool changed_ = true;     // since the status was noted
  int64_t stop_by_us_ = 0;  // 0: not stopping

  mutable std::mutex status_mutex_;
  Json status_;  // guarded by it

  std::thread thread_;
};

}  // namespace hookswitch
