// Recordings of calls: each fetched from its provider once, when somebody asks or as soon as it is known, and kept as a
// blob from then on.
//
// What was fetched, and what could not be, becomes a record of the log; the processor makes the call's row of it. So a
// crash loses what was under way and nothing else, and however many ask, one request goes out.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/metrics.h"
#include "engine/log/log.h"
#include "engine/processor/decode.h"
#include "engine/recordings/fetch.h"
#include "engine/state/recordings.h"

namespace hookswitch {

/// What fetching needs of the engine; all of it outlives Recordings.
struct RecordingParts {
  Log& log;
  const Store& store;
  Blobs& blobs;
  const Sources& sources;
  const Decoder& decoder;
  HttpClient& http;
  Metrics& metrics;
  const Clock& clock;
  std::function<uint64_t()> position;                // [any] newest record whose effects are committed
  std::map<std::string, std::string> base_url = {};  // the source's api_base, where it has one
  /// [any] Whether the directory of the blobs is still ours: else no work is looked for, and no file removed.
  std::function<bool()> in_place = [] { return true; };
};

struct RecordingOptions {
  bool always = false;  // also what nobody asked for
  int64_t wait_ms = limits::kRecordingWaitMs;
  int64_t timeout_ms = limits::kOutboundTimeoutMs;  // of each pause in a provider's answer
};

class Recordings {
 public:
  Recordings(RecordingParts parts, RecordingOptions options);
  ~Recordings();  // stop()

  void start();
  /// Whoever waits is told that it takes longer. What was under way is asked for anew.
  void stop();
  /// [any] The processor has committed. Cheap.
  void wake();
  /// [any] Somebody wants the recording of this call. `done` is called once, on a thread of ours: true when it was
  /// tried, whatever came of it (the row says), false when it takes longer than a client waits.
  void ask(const std::string& call_id, std::function<void(bool over)> done);

 private:
  struct Job {
    enum class Kind { get, remove } kind = Kind::get;
    std::string what;        // a call's id, or a blob
    bool told_only = false;  // get: nobody asks for it, but a record has the audio
    auto operator<=>(const Job& other) const { return std::tie(kind, what) <=> std::tie(other.kind, other.what); }
    bool operator==(const Job& other) const { return std::tie(kind, what) == std::tie(other.kind, other.what); }
  };
  struct Found {
    std::vector<Job> jobs;
    std::vector<Recording> due;  // perhaps at sources that are left alone
    std::optional<int64_t> next_due_ms;
  };
  struct Asker {
    int64_t deadline_us = 0;
    std::function<void(bool)> done;
  };
  /// A source that would not answer is left alone for a while, by everybody. "" is our own disk.
  struct Pause {
    int64_t until_us = 0;
    int64_t wait_ms = 0;
  };
  /// Outlives us for as long as a request or an append has something to bring.
  struct Mail {
    std::mutex mutex;                 // guards everything of Recordings that changes
    std::condition_variable changed;  // for workers
    std::condition_variable bell;     // for the keeper
    bool stopping = false;
  };

  void keep();  // the keeper thread: finds work, and tells who has waited long enough
  void find_work();
  Found look() const;
  std::vector<std::function<void(bool)>> take_late_askers();
  int64_t keeper_wait_ms() const;

  void work();  // the worker threads
  std::optional<Job> next_job();
  bool begin(const Job& job);
  void finish(const Job& job);
  void get(const Job& job);
  bool take_told(const Recording& recording);
  void fetch(const Recording& recording);
  void remove(const std::string& blob);

  std::optional<Recording> wanted(const std::string& call_id) const;
  bool is_paused(const std::string& source) const;
  bool may_ask(const Recording& recording) const;
  void pause(const std::string& source, const FetchFailure& failure);
  std::optional<HttpResult> send(HttpAsk ask, int64_t until_us);
  /// Until the log has taken it and the processor has seen it; *seq is its sequence. False: it is time to stop.
  bool append(NewRecord record, uint64_t* seq = nullptr);
  bool has_call(const std::string& call_id) const;
  /// Whether the file is gone: nobody else needs it.
  Result<bool> drop(const std::string& blob);
  bool append_failure(const std::string& call_id, const std::string& source, const FetchFailure& failure);
  bool append_kept(const std::string& call_id, const std::string& source, const FetchedAudio& audio);
  /// Waits for what a callback brings to `parcel`, or for the end.
  template <class T>
  std::optional<T> await(const std::shared_ptr<std::optional<T>>& parcel);
  bool sleep(int64_t ms);
  void count(const std::string& outcome, uint64_t bytes = 0);

  const RecordingParts parts_;
  const RecordingOptions options_;
  const std::shared_ptr<Mail> mail_ = std::make_shared<Mail>();
  uint64_t first_end_ = 0;  // of the log at the start
  // Under mail_->mutex.
  bool caught_up_ = false;  // the rows say what the log said at the start
  bool rung_ = true;
  int awaiting_commit_ = 0;        // workers that wait for the processor
  std::deque<std::string> asked_;  // calls
  std::deque<Job> found_;
  std::set<Job> under_way_;
  std::optional<int64_t> next_due_ms_;  // of what is not due yet
  std::set<std::string> fresh_blobs_;   // on their way into the log: not to be removed
  std::map<std::string, std::vector<Asker>> askers_;
  size_t asker_count_ = 0;
  std::map<std::string, Pause> pauses_;

  std::vector<std::thread> threads_;
};

}  // namespace hookswitch
