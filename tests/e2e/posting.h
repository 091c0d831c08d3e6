// Deliveries posted all the time while something happens to the engine, and which of them were acknowledged.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/engine_process.h"

namespace hookswitch::test {

inline std::string conversation(const std::string& id, size_t padding = 0) {
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":1739537297,"data":{{"conversation_id":"{}",)"
      R"("status":"done","metadata":{{"start_time_unix_secs":1739537297}},"note":"{}"}}}})",
      id, std::string(padding, 'x'));
}

class Posting {
 public:
  explicit Posting(EngineProcess& engine, int threads = 2, size_t padding = 500, std::string name = "conv")
      : engine_(engine), padding_(padding), name_(std::move(name)) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { run(i); });
  }
  ~Posting() { stop(); }

  void stop() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  size_t acknowledged() const { return acknowledged_; }
  size_t refused() const { return refused_; }  // with 503
  size_t other() const { return other_; }      // anything else, no answer included
  std::string odd_answer() const {             // the last answer that was anything else; ""
    std::lock_guard lock(mutex_);
    return odd_answer_;
  }
  std::set<std::string> acknowledged_ids() const {
    std::lock_guard lock(mutex_);
    return ids_;
  }

 private:
  void run(int thread) {
    for (int n = 0; !stop_; ++n) {
      const std::string id = fmt::format("{}_{}_{}", name_, thread, n);
      auto answer = engine_.post_elevenlabs(conversation(id, padding_));
      if (answer && answer->status == 200) {
        std::lock_guard lock(mutex_);
        ids_.insert(id);
        ++acknowledged_;
      } else {
        ++(answer && answer->status == 503 ? refused_ : other_);
        if (answer && answer->status != 503) note_odd(fmt::format("{}: {}", answer->status, answer->body));
      }
    }
  }

  void note_odd(std::string answer) {
    std::lock_guard lock(mutex_);
    odd_answer_ = std::move(answer);
  }

  EngineProcess& engine_;
  const size_t padding_;
  const std::string name_;
  std::atomic<bool> stop_ = false;
  std::atomic<size_t> acknowledged_ = 0, refused_ = 0, other_ = 0;
  mutable std::mutex mutex_;
  std::set<std::string> ids_;
  std::string odd_answer_;
  std::vector<std::thread> threads_;
};

/// Ids that the engine has no call for, with what it said instead.
inline std::vector<std::string> missing_calls(EngineProcess& engine, const std::set<std::string>& ids) {
  std::vector<std::string> out;
  for (const std::string& id : ids) {
    const Json found = engine.api("/calls/" + id);
    if (!found.contains("id")) out.push_back(id + ": " + dump(found));
  }
  return out;
}

}  // namespace hookswitch::test
