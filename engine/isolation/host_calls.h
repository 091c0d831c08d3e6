// The questions that a plugin's process answers, one method for each hook.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/isolation/messages.h"

namespace hookswitch {

/// The plugin of this process, its sources and the streams under way. One thread.
class HostCalls {
 public:
  /// A plugin that was refused is only good to say so.
  explicit HostCalls(Result<std::shared_ptr<Plugin>> plugin) : plugin_(std::move(plugin)) {}

  /// Appends the answer to `question`, both without frame. false: it is none that an engine asks.
  bool answer(std::string_view question, std::string& out);

  /// Lines that the plugin writes from now on go with the next answer.
  void take_log_line(bool warning, std::string_view text);

 private:
  struct Question {
    WireReader in;
    uint32_t source_number = 0;
    const Source* source = nullptr;  // null for hooks that need none
  };
  template <class T>
  bool reply(const Result<T>& result);
  template <class... Args>
  bool read(Question& question, Args&... args) const;

  bool handle(Hook hook, Question& question);
  bool create(Question& question);
  bool verify(Question& question);
  bool begin(Question& question);
  bool update(Question& question);
  bool finish(Question& question);
  bool abandon(Question& question);
  bool decode(Question& question);
  bool render(Question& question);
  bool default_reply(Question& question);
  bool act(Hook hook, Question& question);
  bool read_answer(Hook hook, Question& question);
  bool sync(Hook hook, Question& question);
  bool sign(Question& question);
  bool play(Question& question);

  Result<std::shared_ptr<Plugin>> plugin_;
  std::unordered_map<uint32_t, std::shared_ptr<Source>> sources_;
  std::unordered_map<uint64_t, std::unique_ptr<StreamedVerify>> streams_;
  std::vector<PluginLogLine> lines_;
  std::string result_;  // of the question under way
};

}  // namespace hookswitch
