#include "engine/log/append_queue.h"

#include <utility>

#include "engine/base/limits.h"

namespace hookswitch {

namespace {

constexpr size_t kSealedKept = limits::kInlineBodyBytes;  // memory a thread keeps for sealing

EncodedRecord encoded(const NewRecord& record, std::string_view sealed, size_t bytes, RecordBuffer& buffer) {
  char* const at = buffer.reserve(bytes);
  encode_record(at, record, sealed);
  EncodedRecord out{{at, bytes}, record.time_ms, {}};
  if (!record.blob.empty()) out.blob = out.bytes.substr(bytes - record.blob.size());  // a blob's name is the last thing
  return out;
}

}  // namespace

Status AppendQueue::push(const NewRecord& record, Log::Done& done) {
  thread_local std::string sealed;
  sealed.clear();
  if (sealed.capacity() > kSealedKept) sealed.shrink_to_fit();
  if (keys_) {
    if (auto done_so = seal_record(*keys_, record, sealed); !done_so) return done_so;
  }
  const size_t bytes = encoded_bytes(record, !sealed.empty());
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return fail(Code::unavailable, "append to the log: it is stopping");
    if (depth_.records + 1 > limits::kAppendQueueRecords || depth_.bytes + bytes > limits::kAppendQueueBytes) {
      return fail(Code::unavailable, "append to the log: its queue is full with {} records of {} bytes", depth_.records,
                  depth_.bytes);
    }
    waiting_.records.push_back({encoded(record, sealed, bytes, waiting_.bytes), std::move(done)});
    ++depth_.records;
    depth_.bytes += bytes;
    wake = std::exchange(idle_, false);
  }
  if (wake) filled_.notify_one();
  return {};
}

bool AppendQueue::take(Batch& out, std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  if (waiting_.records.empty() && !closed_) {
    idle_ = true;
    filled_.wait_for(lock, wait, [&] { return !waiting_.records.empty() || closed_; });
    idle_ = false;
  }
  std::swap(out, waiting_);
  return !(closed_ && out.records.empty());
}

void AppendQueue::release(uint64_t records, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  depth_.records -= records;
  depth_.bytes -= bytes;
}

void AppendQueue::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
}

AppendQueue::Depth AppendQueue::depth() const {
  std::lock_guard lock(mutex_);
  return depth_;
}

}  // namespace hookswitch
