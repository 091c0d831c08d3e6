#include "engine/erasure/erasures.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "engine/base/limits.h"
#include "engine/calling/phone.h"
#include "engine/log/format.h"
#include "engine/processor/others_records.h"
#include "engine/processor/person_records.h"
#include "engine/processor/tenant_records.h"
#include "engine/state/suppressions.h"

namespace hookswitch {
namespace {

constexpr int64_t kLookMs = 60'000;   // for something to do, though nobody rang
constexpr int64_t kAgainMs = 5'000;   // after a failure: a full disk, say
constexpr size_t kStepsPerNote = 64;  // of Log::redact_step()
constexpr size_t kSeqsPerNote = 5'000;
constexpr size_t kRecordsPerRead = 1'000;

NewRecord with_body(const RecordView& record, std::string body) {
  NewRecord out;
  out.kind = record.kind;
  out.time_ms = record.time_ms;
  out.source = std::string(record.source);
  out.headers = record.headers();
  out.body = std::move(body);
  return out;
}

bool is_command(const RecordView& record, std::string_view name) {
  return record.kind == RecordKind::command && record.header(":name") == name;
}

bool is_open_start(const Reader& reader, const RecordView& record) {
  if (!is_command(record, "erasure.start")) return false;
  const auto erasure = find_erasure(reader, erasure_id_of(record.seq));
  return erasure && erasure->status != ErasureStatus::done;
}

bool is_of_many(const RecordView& record) {
  return is_command(record, "campaign.create") || is_command(record, "campaign.add") ||
         is_command(record, "campaign.change");
}

/// For a record of which a field is the number as it is dialled at home.
Mentions at_home(Mentions mentions, const std::string& phone) {
  for (const std::string& digits : national_digits(phone)) mentions.add_phone(digits);
  return mentions;
}

/// Without the number where the provider or a person wrote it; erased if it would still speak of them.
NewRecord masked_record(const Mentions& mentions, const RecordView& record, std::string_view body) {
  NewRecord rest = with_body(record, mentions.masked(body));
  for (auto& [header, value] : rest.headers) {
    if (!header.starts_with(':')) value = mentions.masked(value);
  }
  auto speaks = [&](const auto& header) { return mentions.in(header.second); };
  return mentions.in(rest.body) || std::ranges::any_of(rest.headers, speaks) ? erased_record(record) : rest;
}

/// In the place of a record that is erased: what it asked for that goes to somebody else, so that a rebuild asks for it
/// again.
NewRecord asked_rest(const Mentions& mentions, const RecordView& record, const Json& actions) {
  NewRecord rest;
  rest.kind = RecordKind::command;
  rest.time_ms = record.time_ms;
  rest.headers = {{":name", "erasure.rest"}, {":by", "erasure"}};
  rest.body = dump(Json{{"actions", actions}});
  return actions.empty() || mentions.in(rest.body) ? erased_record(record) : rest;
}

// An earlier note keeps what the do-not-call list has of others, whatever its reasons say.
Json suppressed_rest(const Mentions& mentions, const Json& suppressed) {
  Json rest = Json::array();
  for (Json row : suppressed) {
    if (mentions.in(dump(row)) && row.is_object()) row["reason"] = nullptr;
    if (!mentions.in(dump(row))) rest.push_back(std::move(row));
  }
  return rest;
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
  if (parts_.drop_unfinished) {
    if (auto dropped = parts_.drop_unfinished(); !dropped) return dropped;
  }
  if (erasure.next_seq <= 1) {
    if (auto noted = note_suppressions(erasure); !noted) return noted;
    auto names = unknown_names(erasure, *mentions);
    if (!names) return std::unexpected(names.error());
    if (stopping()) return {};
    // They go through the state first, and come here again.
    if (!names->empty()) return append_note({{"id", erasure.id}, {"names", *names}});
  }
  Found found{erasure.next_seq, {}, {}, {}};
  size_t steps = 0;
  while (found.next_seq < erasure.end_seq && !stopping()) {
    if (auto step = take_step(erasure, *mentions, found); !step) return step;
    if (++steps % kStepsPerNote != 0 && found.seqs.size() + found.calls.size() < kSeqsPerNote) continue;
    if (auto noted = note(erasure, found, false); !noted) return noted;
  }
  if (stopping()) return {};
  if (parts_.forget_refusals) {
    auto refusals = forget_refusals(erasure, *mentions);
    if (!refusals) return std::unexpected(refusals.error());
    found.counts["refusals"] += *refusals;
  }
  if (auto forgotten = forget_start(erasure, *mentions, found); !forgotten) return forgotten;
  return note(erasure, found, true);
}

/// Ids of calls of which no row had the number, such as those of dead letters: what else was told of them may name
/// nobody, as a recording does that comes by itself.
Result<std::vector<std::string>> Erasures::unknown_names(const Erasure& erasure, Mentions known) const {
  std::vector<std::string> names;
  if (erasure.phone.empty()) return names;
  uint64_t next_seq = 1;
  for (bool more = true; more && !stopping();) {
    auto reader = parts_.store.read();
    if (!reader) return std::unexpected(reader.error());
    PersonRecords theirs(**reader, parts_.directory, parts_.decoder, parts_.blobs, erasure.phone);
    more = false;
    auto read = parts_.log.read(next_seq, kRecordsPerRead, [&](const RecordView& record) {
      if (record.seq >= erasure.end_seq) return more = false;
      next_seq = record.seq + 1;
      for (std::string& id : theirs.call_ids_of(record)) {
        if (!known.in(id) && known.add(id)) names.push_back(std::move(id));
      }
      return more = true;
    });
    if (!read) return std::unexpected(read.error());
  }
  return names;
}

/// The record that asked goes last: whoever makes a state of a log in which it says nothing any more takes the erasure
/// for done.
Status Erasures::forget_start(const Erasure& erasure, const Mentions& mentions, Found& found) const {
  const uint64_t seq = erasure_seq_of(erasure.id);
  auto judge = [&](const RecordView& record) -> std::optional<NewRecord> {
    if (!is_command(record, "erasure.start") || parse_json(record.body).contains("erased")) return std::nullopt;
    return rest_of(erasure, mentions, record);
  };
  auto step = parts_.log.redact_step(seq, seq + 1, judge);
  if (!step) return std::unexpected(step.error());
  found.counts["records"] += step->seqs.size();
  return {};
}

Status Erasures::take_step(const Erasure& erasure, const Mentions& mentions, Found& found) const {
  auto reader = parts_.store.read();
  if (!reader) return std::unexpected(reader.error());
  TenantRecords tenants(**reader, parts_.directory, parts_.decoder, parts_.blobs, erasure.tenant);
  PersonRecords persons(**reader, parts_.directory, parts_.decoder, parts_.blobs, erasure.phone);
  const Mentions mentions_at_home = at_home(mentions, erasure.phone);
  OthersRecords others(**reader, parts_.decoder);
  std::set<uint64_t> masked;
  auto judge = [&](const RecordView& record) -> std::optional<NewRecord> {
    if (is_open_start(**reader, record)) return std::nullopt;  // see forget_start()
    const bool is_persons = persons.have(record);
    const bool speaks = is_persons || mentions.in(record, parts_.blobs) ||
                        (!erasure.tenant.empty() && tenants.have(record));
    if (!speaks) return std::nullopt;
    const Mentions& whom = is_persons ? mentions_at_home : mentions;
    auto rest = rest_of(erasure, whom, record);
    if (rest.erased && erasure.tenant.empty() && others.have(record)) rest = masked_record(whom, record, record.body);
    if (!rest.erased) masked.insert(record.seq);
    return rest.erased ? asked_rest(whom, record, others.actions_of(record)) : rest;
  };
  auto step = parts_.log.redact_step(found.next_seq, erasure.end_seq, judge);
  if (!step) return std::unexpected(step.error());
  found.next_seq = step->next_seq;
  found.counts["records"] += step->seqs.size();
  found.counts["blobs"] += step->blobs;
  found.counts["unreadable_records"] += step->unreadable;
  std::ranges::copy_if(step->seqs, std::back_inserter(found.seqs), [&](uint64_t seq) { return !masked.contains(seq); });
  found.calls.insert(others.calls().begin(), others.calls().end());
  return {};
}

Result<uint64_t> Erasures::forget_refusals(const Erasure& erasure, const Mentions& mentions) const {
  auto reader = parts_.store.read();
  if (!reader) return std::unexpected(reader.error());
  TenantRecords tenants(**reader, parts_.directory, parts_.decoder, parts_.blobs, erasure.tenant);
  PersonRecords persons(**reader, parts_.directory, parts_.decoder, parts_.blobs, erasure.phone);
  return parts_.forget_refusals([&](const RecordView& record) {
    return mentions.in(record, parts_.blobs) || persons.have(record) ||
           (!erasure.tenant.empty() && tenants.have(record));
  });
}

/// Of a record that speaks of them.
NewRecord Erasures::rest_of(const Erasure& erasure, const Mentions& mentions, const RecordView& record) const {
  // The command that asked for an erasure stays, as the word that there was one; of an earlier one its counts.
  if (is_command(record, "erasure.start")) return with_body(record, dump(Json{{"of", erasure.of}, {"erased", true}}));
  if (!is_of_many(record) && !is_command(record, "erasure.note")) return erased_record(record);
  Json body = parse_json(record.body);
  if (!body.is_object()) return erased_record(record);
  if (body.contains("suppressed")) body["suppressed"] = suppressed_rest(mentions, body["suppressed"]);
  for (const char* done : {"calls", "names"}) body.erase(done);
  auto left = mentions.without_people(std::move(body));
  return left ? masked_record(mentions, record, dump(*left)) : erased_record(record);
}

Status Erasures::note(const Erasure& erasure, Found& found, bool done) {
  std::erase_if(found.counts, [](const auto& count) { return count.second == 0; });
  auto noted = append_note({{"id", erasure.id},
                            {"next_seq", found.next_seq},
                            {"seqs", found.seqs},
                            {"calls", found.calls},
                            {"counts", found.counts},
                            {"done", done}});
  if (!noted) return noted;
  found.seqs.clear();
  found.calls.clear();
  found.counts.clear();
  return {};
}

/// That they are not to be called was in records that say nothing any more once this erasure is over: a rebuild knows
/// it from this note.
Status Erasures::note_suppressions(const Erasure& erasure) {
  if (erasure.phone.empty() || erasure.suppressions) return {};
  std::vector<std::string> phones = erasure.silenced;
  phones.push_back(erasure.phone);
  Json suppressed = Json::array();
  {
    auto reader = parts_.store.read();
    if (!reader) return std::unexpected(reader.error());
    for (const std::string& phone : phones) {
      for (const Suppression& one : suppressions_of(**reader, phone)) suppressed.push_back(one.to_json());
    }
    if (auto status = (*reader)->status(); !status) return status;
  }
  return suppressed.empty() ? Status{} : append_note({{"id", erasure.id}, {"suppressed", std::move(suppressed)}});
}

/// Returns when the note's effects are there, so that the row says how far it has come. At a stop it may not wait so
/// long.
Status Erasures::append_note(Json note) {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = parts_.clock.now_ms();
  record.headers = {{":name", "erasure.note"}, {":by", "erasure"}};
  record.body = dump(note);
  auto seq = parts_.log.append_and_wait(std::move(record));
  if (!seq) return std::unexpected(seq.error());
  std::unique_lock lock(mutex_);
  while (!stopping_ && parts_.position() < *seq) changed_.wait_for(lock, std::chrono::milliseconds(100));
  return {};
}

}  // namespace hookswitch
