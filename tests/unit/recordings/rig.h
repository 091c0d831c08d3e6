// Recordings over a real log, processor and plugins, with a provider that a test makes up.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/recordings/recordings.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {

/// Answers requests for audio without a network, at once or when it is let go.
class Vendor final : public HttpClient {
 public:
  /// What it says to a path and query; a body is given in pieces.
  using Says = std::function<HttpResult(const std::string& target)>;

  void says(Says says);
  /// From now on nothing is answered until go().
  void hold();
  void go();
  std::vector<std::string> asked() const;
  size_t waiting() const;
  /// That the last request was given.
  int64_t timeout_ms() const;
  int64_t longest_ms() const;

  void send(HttpAsk ask, Done done) override;
  size_t under_way() const override { return waiting(); }

 private:
  void answer(HttpAsk ask, Done done);

  mutable std::mutex mutex_;
  Says says_;
  bool held_ = false;
  std::vector<std::string> asked_;
  int64_t timeout_ms_ = 0, longest_ms_ = 0;
  std::vector<std::pair<HttpAsk, Done>> waiting_;
};

/// An answer with audio that begins as an MP3 does.
HttpResult audio(const std::string& rest, const std::string& type = "audio/mpeg");
std::string mp3(const std::string& rest);
HttpResult status(int code, HeaderList headers = {}, const std::string& body = "");

class RecordingRig {
 public:
  explicit RecordingRig(RecordingOptions options = {});
  ~RecordingRig();

  InProcess engine;
  Vendor vendor;
  Metrics metrics;
  std::atomic<bool> in_place{true};
  std::atomic<int> looks{0};  // whether it is

  void start();
  void stop();
  /// Stops and starts, processor included: what only memory knew is gone.
  void restart();

  /// A conversation that ended, with its audio at the provider or not; its id is "conv_<n>".
  void tell_conversation(int n, bool has_audio = true);
  /// The webhook with the audio itself, as base64. `in_blob`: as a body too large for the log.
  void tell_audio(int n, const std::string& base64, bool in_blob = false);
  /// A Twilio call's last status, "CA<n>"; with its recording "RE<n>" or without.
  void tell_call(int n, bool recorded);

  /// Time goes by, and timers notice.
  void pass(int64_t ms);
  /// Asks and waits: whether it was tried.
  bool ask(const std::string& any_id);
  std::string call_id(const std::string& any_id);
  std::optional<Recording> row(const std::string& any_id);
  /// Waits until the row is so.
  bool becomes(const std::string& any_id, RecordingStatus status);
  /// What is kept, whole; "" when nothing is.
  std::string kept(const std::string& any_id);
  bool has_file(const std::string& blob) const;
  bool has_any_file() const;
  /// Other actions than these are nobody's business here.
  std::vector<Json> deletions();

  std::unique_ptr<Blobs> blobs;

 private:
  const RecordingOptions options_;
  std::unique_ptr<Recordings> recordings_;
  std::thread ringer_;
  std::atomic<bool> ringing_{false};
};

}  // namespace hookswitch::test
