#include "engine/erasure/erasures.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "engine/base/limits.h"
#include "engine/log/format.h"

namespace hookswitch {
namespace {

constexpr int64_t kLookMs = 60'000;   // for something to do, though nobody rang
constexpr int64_t kAgainMs = 5'000;   // after a failure: a full disk, say
constexpr size_t kStepsPerNote = 64;  // of Log::redact_step()
constexpr size_t kSeqsPerNote = 5'000;

NewRecord with_body(const RecordView& record, std::string body) {
  NewRecord out;
  out.kind = record.kind;
  out.time_ms = record.time_ms;
  out.source = std::string(record.source);
  out.headers = record.headers();
  out.body = std::move(body);
  return out;
}

// The command that asked for an erasure stays, as the word that there was one.
bool asked_for_erasure(const RecordView& record) {
  return record.kind == RecordKind::command && record.header(":name") == "erasure.start";
}

}  // namespace

Erasures::~Erasures() { stop(); }

void Erasures::start() {
  thread_ = std::thread([this] {
    try {
      run();
    } catch (const std::exception& error) {
      spdlog::error("the erasing thread ends: {}", error.what());
    }
  });
}

void Erasures::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Erasures::wake() {
  {
    std::lock_guard lock(mutex_);
    rung_ = true;
  }
  changed_.notify_all();
}

bool Erasures::stopping() const {
  std::lock_guard lock(mutex_);
  return stopping_;
}

void Erasures::run() {
  int64_t wait_ms = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return rung_ || stopping_; });
      rung_ = false;
      if (stopping_) return;
    }
    auto erasure = next();
    wait_ms = erasure ? 0 : kLookMs;
    if (!erasure) continue;
    if (auto done = carry_out(*erasure); !done && !stopping()) {
      spdlog::warn("erasure {} waits: {}", erasure->id, done.error().message);
      wait_ms = kAgainMs;
    }
  }
}

std::optional<Erasure> Erasures::next() const {
  auto reader = parts_.store.read();
  if (!reader) return std::nullopt;
  for (Erasure& erasure : unfinished_erasures(**reader)) {
    if (erasure.status == ErasureStatus::log) return std::move(erasure);
  }
  return std::nullopt;
}

Result<Mentions> Erasures::mentions_of(const Erasure& erasure) const {
  auto reader = parts_.store.read();
  if (!reader) return std::unexpected(reader.error());
  return Mentions(**reader, erasure);
}

Status Erasures::carry_out(const Erasure& erasure) {
  auto mentions = mentions_of(erasure);
  if (!mentions) return std::unexpected(mentions.error());
  // A power cut may undo the state's newest commit, which would then be made again of records that say nothing any
  // more.
  if (auto synced = parts_.store.durable_sync(); !synced) return synced;
  Found found{erasure.next_seq, {}, {}};
  size_t steps = 0;
  while (found.next_seq < erasure.end_seq && !stopping()) {
    auto step = parts_.log.redact_step(found.next_seq, erasure.end_seq,
                                       [&](const RecordView& record) { return judge(erasure, *mentions, record); });
    if (!step) return std::unexpected(step.error());
    found.next_seq = step->next_seq;
    found.counts["records"] += step->seqs.size();
    found.counts["blobs"] += step->blobs;
    found.counts["unreadable_records"] += step->unreadable;
    found.seqs.insert(found.seqs.end(), step->seqs.begin(), step->seqs.end());
    if (++steps % kStepsPerNote != 0 && found.seqs.size() < kSeqsPerNote) continue;
    if (auto noted = note(erasure, found, false); !noted) return noted;
  }
  if (stopping()) return {};
  if (parts_.forget_refusals) {
    auto mentioned = [&](std::string_view text) { return mentions->in(text); };
    auto refusals = parts_.forget_refusals(mentioned);
    if (!refusals) return std::unexpected(refusals.error());
    found.counts["refusals"] += *refusals;
  }
  return note(erasure, found, true);
}

std::optional<NewRecord> Erasures::judge(const Erasure& erasure, const Mentions& mentions,
                                         const RecordView& record) const {
  if (!mentions.in(record, parts_.blobs)) return std::nullopt;
  if (asked_for_erasure(record)) return with_body(record, dump(Json{{"of", erasure.of}, {"erased", true}}));
  if (record.kind != RecordKind::command || !erasure.tenant.empty()) return erased_record(record);
  // A list of many people, say: the others stay in it.
  Json body = Json::parse(record.body, nullptr, false);
  auto left = body.is_object() ? mentions.without(std::move(body)) : std::nullopt;
  if (!left) return erased_record(record);
  NewRecord pruned = with_body(record, dump(*left));
  for (const auto& [header, value] : pruned.headers) {
    if (mentions.in(value)) return erased_record(record);
  }
  return pruned;
}

/// Returns when the note's effects are there, so that the row says how far it has come. At a stop it may not wait so
/// long.
Status Erasures::note(const Erasure& erasure, Found& found, bool done) {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = parts_.clock.now_ms();
  record.headers = {{":name", "erasure.note"}, {":by", "erasure"}};
  std::erase_if(found.counts, [](const auto& count) { return count.second == 0; });
  record.body = dump(Json{{"id", erasure.id},
                          {"next_seq", found.next_seq},
                          {"seqs", found.seqs},
                          {"counts", found.counts},
                          {"done", done}});
  auto seq = parts_.log.append_and_wait(std::move(record));
  if (!seq) return std::unexpected(seq.error());
  found.seqs.clear();
  found.counts.clear();
  std::unique_lock lock(mutex_);
  while (!stopping_ && parts_.position() < *seq) changed_.wait_for(lock, std::chrono::milliseconds(100));
  return {};
}

}  // namespace hookswitch
