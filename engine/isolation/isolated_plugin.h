// A plugin whose code runs in processes of its own, so that a crash or an endless loop in it ends them and nothing
// else.
//
// It has up to limits::kLanes processes. Each call takes one that is free, on the caller's thread; there is no thread
// here. A call has a deadline; past it, or when the process dies, the process is replaced and the call tried once more.
// After that it is an error of that call. The processes know nothing that the engine needs: sources are made in each
// when it first needs them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "engine/isolation/bounds.h"
#include "engine/isolation/lanes.h"
#include "engine/isolation/messages.h"
#include "engine/providers/plugin_home.h"

namespace hookswitch {

/// A source as every process of its plugin can make it.
struct SourceSpec {
  uint32_t number = 0;
  std::string name, settings;
};

/// A hook and what it takes, ready to be sent.
class Question {
 public:
  template <class... Args>
  Question(Hook hook, uint32_t source, const Args&... args) : hook_(hook), message_(Frame::room()) {
    WireWriter{message_}(hook, source, args...);
  }
  Hook hook() const { return hook_; }
  std::string& message() { return message_; }

 private:
  Hook hook_;
  std::string message_;
};

/// Takes the result from an answer; false when it is none.
using TakeResult = std::function<bool(WireReader&)>;

/// The process that knows a stream.
struct Place {
  size_t lane = 0;
  uint64_t generation = 0;
};

class IsolatedPlugin final : public PluginHome, public std::enable_shared_from_this<IsolatedPlugin> {  // [any]
 public:
  /// Starts a process that loads `file` and says what it is. The file is kept open: what takes its place on the disk is
  /// for the next start of the engine. The error is one line, as of a plugin that is loaded here. [main]
  static Result<std::shared_ptr<IsolatedPlugin>> open(const std::string& file, const IsolationOptions& options);

  const std::shared_ptr<const Plugin>& plugin() const override { return plugin_; }
  Result<std::shared_ptr<Source>> create_source(const std::string& name, const std::string& settings) const override;
  bool isolated() const override { return true; }
  PluginProcesses processes() const override { return {lanes_.pids(), restarts_.load()}; }

  /// Errors: internal (the process died or did not answer, twice), unavailable (none can be started now). `place`, if
  /// given, is told which process answered.
  Status ask(const SourceSpec& source, Question& question, const TakeResult& take, Place* place = nullptr) const;

  /// Asks that very process, once.
  Status ask_there(const Place& place, Question& question, const TakeResult& take) const;

  void forget(const SourceSpec& source) const { lanes_.drop(source.number); }

  IsolatedPlugin(std::string file, Descriptor opened, IsolationOptions options)
      : file_(std::move(file)), opened_(std::move(opened)), options_(std::move(options)), lanes_(options_.lanes) {}

 private:
  Status load();
  Status make_ready(Lane& lane, const SourceSpec& source, Hook wanted) const;
  Result<PluginDescription> start(Lane& lane, Hook wanted) const;
  Status create(Lane& lane, const SourceSpec& source) const;
  std::expected<void, Child::Ended> ask_once(Lane& lane, Question& question, const TakeResult& take) const;
  int64_t deadline_ms(Question& question) const;
  void answered(Hook hook, const AnswerHead& head) const;
  void died(Lane& lane, Hook hook, const Child::Ended& ended) const;
  Status may_start(Hook wanted) const;
  std::string id() const { return plugin_ ? plugin_->id() : file_; }

  const std::string file_;
  const Descriptor opened_;
  const IsolationOptions options_;
  std::shared_ptr<const Plugin> plugin_;
  mutable Lanes lanes_;
  mutable std::atomic<uint64_t> restarts_{0};
  mutable std::atomic<uint32_t> sources_{0};
  mutable std::mutex starts_mutex_;
  mutable int failures_ = 0;           // to start, or to answer in time: in a row
  mutable int64_t next_start_us_ = 0;  // no sooner
};

/// Opens plugins in processes of their own: all of them, or those of `providers`, and the others in this process.
PluginOpener isolating_opener(bool all, std::set<std::string> providers, IsolationOptions options = {});

}  // namespace hookswitch
