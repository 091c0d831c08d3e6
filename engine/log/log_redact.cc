// Erasing, beside everything else: groups are judged without any lock and written again one at a time.
#include <algorithm>

#include "engine/base/limits.h"
#include "engine/log/blob_files.h"
#include "engine/log/log_impl.h"

namespace hookswitch {
namespace {

struct Judged {
  GroupKey group;
  std::map<uint64_t, NewRecord> changed;
};

Judged judge_group(const LogStore& store, const GroupView& group, uint64_t end_seq, const Log::Judge& judge,
                   Redacted& step) {
  std::string buffer;
  Judged out{group.key(), {}};
  const uint64_t end = std::min(group.key().end(), end_seq);
  for (uint64_t seq = std::max(step.next_seq, group.key().first); seq < end; ++seq) {
    auto record = group.record(static_cast<uint32_t>(seq - group.key().first));
    if (record) record = open_record(store.keys(), *record, buffer);
    if (!record) {
      ++step.unreadable;
    } else if (!record->erased) {
      if (auto left = judge(*record)) out.changed.emplace(seq, std::move(*left));
    }
  }
  step.next_seq = end;
  return out;
}

/// The first group of the step that is to be changed, if any. Its reader is gone when this returns, for the writer may
/// have to make the map grow.
Result<std::optional<Judged>> next_to_change(const LogStore& store, uint64_t end_seq, const Log::Judge& judge,
                                             size_t& groups_left, Redacted& step) {
  auto groups = store.reader();
  if (!groups) return std::unexpected(groups.error());
  auto found = groups->seek(step.next_seq);
  for (; found && *found && groups->key().first < end_seq; found = groups->next()) {
    if (step.next_seq >= groups->key().end()) continue;
    if (groups_left-- == 0) return std::nullopt;
    Judged judged = judge_group(store, groups->group(), end_seq, judge, step);
    if (!judged.changed.empty()) return judged;
  }
  if (!found) return std::unexpected(found.error());
  step.next_seq = end_seq;
  return std::nullopt;
}

}  // namespace

Result<Redacted> LmdbLog::redact_step(uint64_t from_seq, uint64_t end_seq, const Judge& judge) {
  Redacted step;
  step.next_seq = from_seq;
  for (size_t groups_left = limits::kRedactGroups; groups_left > 0 && step.next_seq < end_seq;) {
    auto judged = next_to_change(*store_, end_seq, judge, groups_left, step);
    if (!judged) return std::unexpected(judged.error());
    if (!*judged) break;
    // Blob files change under the lock, see trim_step().
    std::lock_guard lock(write_mutex_);
    std::vector<std::string> blobs;
    auto written = store_->rewrite((*judged)->group, (*judged)->changed, blobs);
    if (!written) return std::unexpected(written.error());
    for (const auto& name : blobs) {
      if (options_.holds_blob && options_.holds_blob(name)) continue;
      if (auto removed = remove_blob(options_.blob_dir, name); !removed) return std::unexpected(removed.error());
    }
    step.blobs += blobs.size();
    if (!*written) continue;
    for (const auto& [seq, left] : (*judged)->changed) step.seqs.push_back(seq);
  }
  return step;
}

}  // namespace hookswitch
