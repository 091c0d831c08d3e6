// The log seen from another process than the one that appends: every read begins a short transaction of its own.
#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/log/store_read.h"

namespace hookswitch {
namespace {

constexpr int64_t kLookAgainMs = 20;  // nothing tells another process of a commit

std::unexpected<Error> refused(const char* attempted) {
  return fail(Code::denied, "{}: this log is open only to be read", attempted);
}

class LogToRead final : public Log {
 public:
  explicit LogToRead(std::unique_ptr<LogStore> store) : store_(std::move(store)) {}

  Status append(NewRecord&, Done) override { return refused("append a record"); }
  Result<bool> trim_step() override { return refused("trim the log"); }
  Result<Redacted> redact_step(uint64_t, uint64_t, const Judge&) override { return refused("erase records"); }
  void keep_from(uint64_t) override {}
  void stop() override {}
  void wake() const override {}

  Result<size_t> read(uint64_t from_seq, size_t count, const Visit& visit,
                      const std::function<void(uint64_t, const Error&)>& corrupt) const override {
    return read_records(*store_, from_seq, count, visit, corrupt);
  }
  Result<size_t> read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const override {
    return read_records_backwards(*store_, from_seq, count, visit);
  }
  Result<uint64_t> seq_at(int64_t time_ms) const override { return record_at(*store_, time_ms, last_seq() + 1); }

  uint64_t last_seq() const override {
    auto end = store_->end();
    return end ? end->next_seq - 1 : 0;
  }

  uint64_t wait_beyond(uint64_t seq, int64_t wait_ms) const override {
    uint64_t last = last_seq();
    for (; last <= seq && wait_ms > 0; last = last_seq()) {
      int64_t pause_ms = std::min(wait_ms, kLookAgainMs);
      std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
      wait_ms -= pause_ms;
    }
    return last;
  }

  LogStats stats() const override {
    LogStats out;
    out.next_seq = last_seq() + 1;
    out.first_seq = first_record(*store_).value_or(out.next_seq);
    out.processed = store_->was_processed().value_or(false);
    const auto info = store_->info();
    out.file_bytes = info.file_bytes;
    out.used_bytes = info.used_bytes;
    return out;
  }

 private:
  const std::unique_ptr<LogStore> store_;
};

}  // namespace

Result<std::unique_ptr<const Log>> Log::open_to_read(const std::string& dir, std::shared_ptr<const Keys> keys) {
  auto store = LogStore::open_to_read(dir, std::move(keys));
  if (!store) return std::unexpected(store.error());
  if (auto fit = (*store)->check_keys(); !fit) return std::unexpected(fit.error());
  return std::make_unique<LogToRead>(std::move(*store));
}

}  // namespace hookswitch
