#include "engine/log/log.h"

#include <algorithm>
#include <filesystem>
#include <future>

#include "engine/base/limits.h"
#include "engine/log/blob_files.h"
#include "engine/log/log_impl.h"
#include "engine/log/store_read.h"

namespace hookswitch {

namespace {

Status check_record(const NewRecord& record) {
  if (record.source.size() > limits::kSourceNameBytes) {
    return fail(Code::too_large, "append a record: found a source name of {} bytes, expected at most {}",
                record.source.size(), limits::kSourceNameBytes);
  }
  if (record.body.size() > limits::kBodyBytes) {
    return fail(Code::too_large,
                "append a record: found a body of {} bytes, expected at most {}; larger ones are blobs",
                record.body.size(), limits::kBodyBytes);
  }
  size_t header_bytes = 0;
  for (const auto& [name, value] : record.headers) header_bytes += 6 + name.size() + value.size();
  if (header_bytes > limits::kRecordHeaderBytes) {
    return fail(Code::too_large, "append a record: found {} bytes of headers, expected at most {}", header_bytes,
                limits::kRecordHeaderBytes);
  }
  if (record.blob.empty()) return {};
  if (!is_blob_name(record.blob))
    return fail(Code::invalid, "append a record: its blob's name is not a SHA-256 in hex");
  if (!record.body.empty()) return fail(Code::invalid, "append a record: found both a body and a blob, expected one");
  return {};
}

}  // namespace

Result<std::unique_ptr<Log>> Log::open(LogOptions options, const Clock& clock) {
  std::error_code error;
  std::filesystem::create_directories(options.blob_dir, error);
  if (error) return fail(Code::io, "make directory {}: {}", options.blob_dir, error.message());
  auto store = LogStore::open(options.dir, options.map_bytes_max, options.keys);
  if (!store) return std::unexpected(store.error());
  auto end = (*store)->verified_end();
  if (!end) return std::unexpected(end.error());
  return std::make_unique<LmdbLog>(std::move(options), clock, std::move(*store), *end);
}

Result<uint64_t> Log::append_and_wait(NewRecord record) {
  std::promise<Result<uint64_t>> outcome;
  auto waiting = outcome.get_future();
  auto queued = append(record, [&outcome](Result<uint64_t> seq) { outcome.set_value(std::move(seq)); });
  if (!queued) return std::unexpected(queued.error());
  return waiting.get();
}

LmdbLog::LmdbLog(LogOptions options, const Clock& clock, std::unique_ptr<LogStore> store, const LogEnd& end)
    : options_(std::move(options)),
      clock_(clock),
      store_(std::move(store)),
      processed_(store_->was_processed().value_or(false)),
      cached_tail_(*store_, options_.dir + "/data.mdb", options_.cached_bytes,
                   {end.next_seq, store_->info().used_bytes}),
      extender_(options_.dir + "/data.mdb", options_.extend_bytes, [this] { cached_tail_.let_go(keep_from_); }),
      queue_(options_.keys),
      next_seq_(end.next_seq),
      last_time_ms_(end.last_time_ms),
      sweep_(options_.blob_dir, *store_, options_.holds_blob) {
  signal_.publish(next_seq_ - 1);
  note_growth();
  committer_ = std::thread([this] { run(); });
}

LmdbLog::~LmdbLog() { stop(); }

void LmdbLog::stop() {
  std::lock_guard lock(stop_mutex_);
  queue_.close();
  if (committer_.joinable()) committer_.join();
}

Status LmdbLog::append(NewRecord& record, Done done) {
  if (auto ok = check_record(record); !ok) return ok;
  return queue_.push(record, done);
}

Result<bool> LmdbLog::trim_step() {
  const uint64_t keep_from = keep_from_;
  bool more = false;
  if (keep_from <= 1) return more;
  if (options_.keep_ms > 0) {
    auto trimmed = trim({.keep_from = std::min<uint64_t>(keep_from, keep_aged_from_),
                         .before_ms = clock_.now_ms() - options_.keep_ms,
                         .bytes = {}});
    if (!trimmed) return trimmed;
    more = *trimmed;
  }
  if (options_.keep_bytes > 0) {
    auto trimmed = trim({.keep_from = keep_from, .before_ms = {}, .bytes = options_.keep_bytes});
    if (!trimmed) return trimmed;
    more |= *trimmed;
  }
  return more;
}

// The files go under the lock too: a record that names one of them is committed either before the trim, and then it is
// kept, or after it, and then the committer finds the file missing and refuses the record.
Result<bool> LmdbLog::trim(const TrimLimits& trim_limits) {
  std::lock_guard lock(write_mutex_);
  auto trimmed = store_->trim(trim_limits);
  if (!trimmed) return std::unexpected(trimmed.error());
  for (const auto& name : trimmed->blobs) {
    if (options_.holds_blob && options_.holds_blob(name)) continue;
    if (auto removed = remove_blob(options_.blob_dir, name); !removed) return std::unexpected(removed.error());
  }
  return trimmed->more;
}

LogStats LmdbLog::stats() const {
  LogStats out;
  {
    std::lock_guard lock(stats_mutex_);
    out = counted_;
  }
  out.next_seq = last_seq() + 1;
  out.first_seq = first_record(*store_).value_or(out.next_seq);
  out.processed = processed_;
  const auto depth = queue_.depth();
  out.queued_records = depth.records;
  out.queued_bytes = depth.bytes;
  const auto info = store_->info();
  out.file_bytes = info.file_bytes;
  out.used_bytes = info.used_bytes;
  return out;
}

}  // namespace hookswitch
