// Keeps the data file extended ahead with written zeros, so that a commit does not have to make the file longer: that
// would cost every commit a flush of the file's metadata.
//
// The zeros are appended (O_APPEND): the kernel finds the end of the file and writes there under one lock, so they can
// never land on a page that LMDB writes at the same moment, wherever that is. They go past the page cache (O_DIRECT,
// where the file system has it): copying them there costs more than all the rest of an append, and a commit would have
// to wait until its sync has written them out.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "engine/base/error.h"

namespace hookswitch {

class FileExtender {
 public:
  /// Extends `path` in a thread of its own, which then calls `afterwards`. `ahead_bytes` = 0: never.
  FileExtender(std::string path, uint64_t ahead_bytes, std::function<void()> afterwards = {});
  ~FileExtender();
  FileExtender(const FileExtender&) = delete;
  FileExtender& operator=(const FileExtender&) = delete;

  /// [committer] LMDB uses this much of the file now. True when that makes it extend the file.
  bool used(uint64_t bytes);

 private:
  void run();
  void extend_to(uint64_t target);
  bool pause(uint64_t file_bytes);

  const std::string path_;
  const uint64_t ahead_bytes_;
  const std::function<void()> afterwards_;
  std::atomic<uint64_t> used_ = 0;
  std::atomic<uint64_t> low_water_ = 0;  // used() beyond this asks for more
  std::mutex mutex_;
  std::condition_variable asked_;
  uint64_t target_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace hookswitch
