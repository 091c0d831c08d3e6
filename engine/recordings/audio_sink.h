// Takes a recording while it arrives: into a blob, counted and bounded, with its beginning kept to be looked at.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/log/blobs.h"

namespace hookswitch {

class AudioSink {  // one thread at a time
 public:
  explicit AudioSink(std::unique_ptr<BlobWriter> blob, uint64_t bytes_max = limits::kRecordingBytes)
      : blob_(std::move(blob)), bytes_max_(bytes_max) {}

  /// False: no more is taken; too_large() or disk_error() says why.
  bool take(std::string_view piece) {
    if (bytes_ + piece.size() > bytes_max_) {
      too_large_ = true;
      return false;
    }
    if (auto written = blob_->write(piece); !written) {
      disk_error_ = written.error().message;
      return false;
    }
    bytes_ += piece.size();
    if (head_.size() < limits::kRecordingListBytes) {
      head_.append(piece.substr(0, limits::kRecordingListBytes - head_.size()));
    }
    return true;
  }
  /// Once. The blob's name.
  Result<std::string> finish() { return blob_->finish(); }

  uint64_t bytes() const { return bytes_; }
  /// The first limits::kRecordingListBytes.
  const std::string& head() const { return head_; }
  bool too_large() const { return too_large_; }
  /// "" while there is none.
  const std::string& disk_error() const { return disk_error_; }

 private:
  const std::unique_ptr<BlobWriter> blob_;
  const uint64_t bytes_max_;
  std::string head_;
  uint64_t bytes_ = 0;
  bool too_large_ = false;
  std::string disk_error_;
};

}  // namespace hookswitch
