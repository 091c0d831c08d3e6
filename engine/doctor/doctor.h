// Keeps refused deliveries for a while, finds out why each was refused, and lets them in once that is mended.
//
// One thread of its own writes, tries and redrives; the threads of the network only hand over. Anybody can send
// deliveries that are refused, so what is kept is a sample and bounded in every way, and lies apart from the log.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "engine/doctor/diagnosis.h"
#include "engine/doctor/refusal_files.h"
#include "engine/doctor/sampler.h"
#include "engine/ingest/delivery.h"
#include "engine/log/log.h"

namespace hookswitch {

class Doctor {
 public:
  using Done = std::function<void(Result<Json>)>;
  /// Which refusals are meant: those of `ids`, else all of `source`, else all.
  struct Choice {
    std::vector<uint64_t> ids;
    std::string source;
  };

  /// Opens `dir` and starts the thread. What the surroundings, log and clock refer to outlives it.
  static Result<std::unique_ptr<Doctor>> start(const std::string& dir, Surroundings around, Log& log,
                                               const Clock& clock, RefusalBounds bounds = {},
                                               std::shared_ptr<const Keys> keys = nullptr);
  ~Doctor();
  Doctor(const Doctor&) = delete;
  Doctor& operator=(const Doctor&) = delete;

  /// [any] A delivery was refused; takes its body if it is worth keeping. Never waits.
  void saw(Delivery& delivery, const Verdict& verdict);
  /// [any] {"data": [...]}: the newest refusals with what would accept each. `done` is called on the doctor's thread,
  /// or at once with `unavailable` when too many ask.
  void list(std::string source, size_t count, Done done);
  /// [any] Verifies again with the time of arrival; what is authentic now becomes a record and is no longer kept.
  /// {"redriven": [{id, seq}], "refused": [{id, code, reason}]}.
  void redrive(Choice choice, Done done);
  /// [any] Removes those of which `is_meant` says yes to the record that redriving would make. Waits for the doctor's
  /// thread; `unavailable` when too many ask.
  Result<uint64_t> forget(const std::function<bool(const RecordView&)>& is_meant);

 private:
  Doctor(RefusalFiles files, Surroundings around, Log& log, const Clock& clock);

  void work();
  void take_question(std::function<void()> question, const Done& done);
  void write(RefusedDelivery refusal);
  Json shown(const RefusedDelivery& refusal) const;
  Json redrive_now(const Choice& choice);
  std::vector<RefusedDelivery> chosen(const Choice& choice) const;
  Result<uint64_t> append(const RefusedDelivery& refusal, const Verdict& verdict);

  RefusalFiles files_;  // [doctor]
  const Surroundings around_;
  Log& log_;
  const Clock& clock_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  RefusalSampler sampler_;
  std::deque<RefusedDelivery> arrived_;
  std::deque<std::function<void()>> questions_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hookswitch
