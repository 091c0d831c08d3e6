// What an isolated plugin may cost, and how its processes are started.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/base/limits.h"

namespace hookswitch::limits {

constexpr size_t kLanes = 4;                     // processes of one plugin; more calls at once wait
constexpr int64_t kLaneWaitMs = 5;               // for one that runs, before another is started
constexpr int64_t kQuickCallMs = 2'000;          // a call that somebody on the network waits for
constexpr int64_t kCallMs = 5'000;               // any other
constexpr int64_t kCallMsPerMiB = 500;           // more of them for what is to be read
constexpr int64_t kPluginStartMs = 5'000;        // to start, load the plugin and say what it is
constexpr unsigned kOrphanSeconds = 60;          // of one call; then a process ends itself
constexpr size_t kPluginMemoryBytes = 2 * kGiB;  // address space of one process
constexpr size_t kMessageBytes = 256 * kMiB;     // of a message between the engine and a process
constexpr size_t kMessageItems = 16'384;         // things listed in one message
constexpr size_t kKeptBufferBytes = 4 * kMiB;    // a buffer that was larger is not kept
constexpr size_t kPluginLogLines = 16;           // of a plugin that come with one answer; more are dropped
constexpr size_t kPluginLogBytes = 1 * kKiB;     // of such a line
constexpr int kQuickStarts = 3;                  // failures to start or to answer in a row before a pause
constexpr int64_t kStartPauseMs = 100;           // of that pause, twice as long each time
constexpr int64_t kStartPauseMaxMs = 30'000;     // and never longer

}  // namespace hookswitch::limits

namespace hookswitch {

/// How processes are started; the defaults are those of the running engine.
struct IsolationOptions {
  std::string program = "/proc/self/exe";  // that knows the verb plugin-host: this very program
  size_t lanes = limits::kLanes;
  int64_t quick_call_ms = limits::kQuickCallMs;
  int64_t call_ms = limits::kCallMs;
  int64_t start_ms = limits::kPluginStartMs;
};

}  // namespace hookswitch
