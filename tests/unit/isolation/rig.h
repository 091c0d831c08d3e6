// A plugin that misbehaves on request, in processes of its own, and questions to it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/isolated.h"

namespace hookswitch::test {

constexpr const char* kBrokenDir = HOOKSWITCH_BINARY_DIR "/tests/broken/";
constexpr int64_t kShortMs = 300;

class Rig {
 public:
  explicit Rig(IsolationOptions options = isolation_options(), const std::string& file = "") {
    providers_.open_with(isolating_opener(true, {}, options));
    loaded_ = providers_.load_file(file.empty() ? std::string(kBrokenDir) + "misbehaves.so" : file);
    if (loaded_.provider == "broken") source_ = create("{}").value();
  }

  /// Calls are given up after kShortMs.
  static IsolationOptions hurried() {
    IsolationOptions options = isolation_options();
    options.quick_call_ms = options.call_ms = kShortMs;
    return options;
  }

  const LoadOutcome& loaded() const { return loaded_; }
  Result<std::shared_ptr<Source>> create(const std::string& settings) const {
    return providers_.create_source("s", loaded_.provider, settings);
  }

  /// "" when it went well, else the error.
  std::string verify(std::string_view way, std::string_view body = "") const {
    DeliveryRequest request;
    request.kind = way;
    request.body = body;
    auto verdict = source_->verify(request);
    return verdict ? "" : verdict.error().message;
  }
  std::string decode(std::string_view way, std::string_view body = "") const {
    DecodeInput input;
    input.kind = way;
    input.body = body;
    auto events = source_->decode(input);
    return events ? "" : events.error().message;
  }

  Source& source() const { return *source_; }
  PluginInfo info() const { return providers_.list().front(); }
  std::vector<int> pids() const { return info().processes.pids; }
  uint64_t restarts() const { return info().processes.restarts; }

 private:
  Providers providers_;
  LoadOutcome loaded_;
  std::shared_ptr<Source> source_;
};

}  // namespace hookswitch::test
