#include "engine/fsck/fsck.h"

#include <exception>
#include <filesystem>
#include <functional>
#include <optional>

#include "engine/fsck/pages.h"
#include "engine/fsck/state_rows.h"
#include "engine/lmdb/txn.h"
#include "engine/log/arrival.h"
#include "engine/log/store.h"
#include "engine/state/position.h"
#include "engine/state/recordings.h"
#include "engine/state/store.h"

namespace hookswitch {
namespace {

constexpr size_t kRecordsPerRead = 2'048;
// Of each store, looked at by a start: what takes some ten milliseconds, and after a crash, which damage may have
// caused, some hundred.
constexpr uint64_t kPagesAtStart = 10'000;
constexpr uint64_t kPagesAfterCrash = 100'000;

/// Holds the newest commit of a store that somebody may write to.
class Pin {
 public:
  explicit Pin(std::string dir) : dir_(std::move(dir)) {}

  Status hold() {
    txn_.reset();
    if (!env_) {
      auto env = lmdb::Env::open({.dir = dir_, .read_only = true});
      if (!env) return std::unexpected(env.error());
      env_ = std::move(*env);
    }
    auto txn = env_->read();
    if (!txn) return std::unexpected(txn.error());
    txn_.emplace(std::move(*txn));
    return {};
  }

 private:
  const std::string dir_;
  std::unique_ptr<lmdb::Env> env_;
  std::optional<lmdb::ReadTxn> txn_;  // before env_
};

Status damaged(const std::string& file, const PageFinding& finding) {
  return fail(Code::corrupt, "open {}: page {}{}: {}", file, finding.page,
              finding.table.empty() ? "" : " of " + finding.table, finding.what);
}

Status check_every_page(const std::string& dir, const std::function<Status()>& pin = {}) {
  const std::string file = dir + "/data.mdb";
  std::optional<PageFinding> first;
  auto note = [&](const PageFinding& finding) { first = first.value_or(finding); };
  auto looked = check_pages({.file = file}, note, pin);
  if (!looked) return std::unexpected(looked.error());
  return first ? damaged(file, *first) : Status();
}

/// Against what the operating system denies.
bool is_missing_key(const Error& error) {
  const bool refused = error.code == Code::denied || error.code == Code::conflict;
  return refused && error.message.find(" key") != std::string::npos;
}

bool is_other_format(const Error& error) { return error.code == Code::conflict && !is_missing_key(error); }

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

/// The same where it matters that it may be hidden from whoever asks.
Result<bool> is_there(const std::string& path) {
  std::error_code error;
  const bool found = std::filesystem::exists(path, error);
  if (error) return fail(Code::io, "look for {}: {}", path, error.message());
  return found;
}

}  // namespace

std::string Finding::text() const {
  std::string out = where;
  if (!table.empty()) out += "/" + table;
  if (!place.empty()) out += ", " + place;
  return out + ": " + what;
}

void Fsck::find(Finding finding) {
  ++(finding.where == "log"     ? summary_.log_findings
     : finding.where == "state" ? summary_.state_findings
                                : summary_.blob_findings);
  found_(finding);
}

void Fsck::find_error(Finding finding, const Error& error) {
  finding.what = error.message;
  summary_.keys_missing += is_missing_key(error) ? 1 : 0;
  find(std::move(finding));
}

Result<FsckSummary> Fsck::run() {
  summary_ = {};
  looked_at_.clear();
  auto there = is_there(parts_.data_dir + "/log");
  if (!there) return std::unexpected(there.error());
  if (!*there) {
    return fail(Code::not_found, "check {}: found no log there", parts_.data_dir);
  }
  if (auto looked = look_at_log(); !looked) return std::unexpected(looked.error());
  if (auto looked = look_at_state(); !looked) return std::unexpected(looked.error());
  return summary_;
}

Result<bool> Fsck::pages_fit(const std::string& where) {
  const std::string dir = parts_.data_dir + "/" + where;
  Pin pin(dir);
  auto looked = check_pages(
      {.file = dir + "/data.mdb"},
      [&](const PageFinding& page) { find({where, page.table, fmt::format("page {}", page.page), page.what}); },
      [&] { return pin.hold(); });
  if (!looked) return std::unexpected(looked.error());
  summary_.pages += looked->pages;
  return looked->findings == 0;
}

Status Fsck::look_at_log() {
  auto fit = pages_fit("log");
  if (!fit) return std::unexpected(fit.error());
  log_readable_ = *fit;
  if (!*fit) return {};
  if (auto groups = look_at_groups(); !groups) return groups;
  auto log = parts_.open_log();
  if (!log) {
    summary_.log_other_format = is_other_format(log.error());
    find_error({"log", "", "", ""}, log.error());
    return {};
  }
  struct Named {
    uint64_t seq;
    std::string blob;
    uint64_t bytes;
    RecordKind kind;
  };
  std::vector<Named> blobs;
  int64_t time_ms = INT64_MIN;
  auto visit = [&](const RecordView& record) {
    ++summary_.records;
    if (record.time_ms < arrival_ms(time_ms, record.time_ms)) {
      find({"log", "", fmt::format("record {}", record.seq), "it is older than the one before it"});
    }
    time_ms = arrival_ms(time_ms, record.time_ms);
    if (!record.blob.empty()) blobs.push_back({record.seq, std::string(record.blob), record.blob_bytes, record.kind});
    summary_.last_seq = record.seq;
    return true;
  };
  auto corrupt = [&](uint64_t seq, const Error& error) {
    find_error({"log", "", fmt::format("record {}", seq), ""}, error);
    summary_.last_seq = seq;
  };
  log_stats_ = (*log)->stats();
  summary_.first_seq = log_stats_.first_seq;
  const uint64_t end = (*log)->last_seq();
  for (uint64_t next = summary_.first_seq; next <= end; next = summary_.last_seq + 1) {
    blobs.clear();
    const uint64_t before = summary_.last_seq;
    auto read = (*log)->read(next, kRecordsPerRead, visit, corrupt);
    if (!read) return std::unexpected(read.error());
    for (const Named& named : blobs) {
      if (named.kind == RecordKind::result && !has_blob(named.blob)) continue;  // look_at_recordings() asks its row
      look_at_blob(fmt::format("record {}", named.seq), named.blob, named.bytes);
    }
    if (summary_.last_seq == before) break;
  }
  return {};
}

/// What the reading of records does not tell: gaps, and heads of groups.
Status Fsck::look_at_groups() {
  auto store = LogStore::open_to_read(parts_.data_dir + "/log");
  if (!store) return {};  // whoever opens the log says so
  auto groups = (*store)->reader();
  if (!groups) return std::unexpected(groups.error());
  uint64_t next = 0;
  auto found = groups->first();
  for (; found && *found; found = groups->next()) {
    const GroupKey key = groups->key();
    const std::string place = fmt::format("records {} to {}", key.first, key.end() - 1);
    if (next != 0 && key.first != next) {
      find({"log", "", place, fmt::format("the group before them ends with record {}", next - 1)});
    }
    if (!groups->group().header_ok()) find({"log", "", place, "the head of their group is damaged"});
    next = key.end();
  }
  if (!found) find({"log", "", fmt::format("after record {}", next == 0 ? 0 : next - 1), found.error().message});
  return {};
}

bool Fsck::has_blob(const std::string& name) const {
  auto reader = parts_.blobs.open_reader(name);
  return reader || reader.error().code != Code::not_found;
}

void Fsck::look_at_blob(const std::string& whose, const std::string& name, uint64_t bytes) {
  ++summary_.blobs;
  looked_at_.insert(std::hash<std::string>()(name));
  auto reader = parts_.blobs.open_reader(name);
  const std::string place = whose + ", " + name;
  if (!reader) return find_error({"blobs", "", place, ""}, reader.error());
  if ((*reader)->bytes() != bytes) {
    return find({"blobs", "", place, fmt::format("found {} bytes, expected {}", (*reader)->bytes(), bytes)});
  }
  if (parts_.quick) return;
  reader->reset();
  if (auto read = parts_.blobs.read(name); !read) find_error({"blobs", "", place, ""}, read.error());
}

/// The audio that is kept: the record that named it may be trimmed long before, and may stay long after it is let go.
void Fsck::look_at_recordings(const Store& store) {
  std::vector<std::string> calls;
  if (auto reader = store.read()) calls = recordings_kept_before(**reader, INT64_MAX, SIZE_MAX);
  for (const std::string& call : calls) look_at_recording(store, call);
}

/// An engine may be running: what it lets go meanwhile is nothing to be found.
void Fsck::look_at_recording(const Store& store, const std::string& call) {
  auto kept = [&]() -> std::optional<Recording> {
    auto reader = store.read();
    if (!reader) return std::nullopt;
    auto row = find_recording(**reader, call);
    return row && !row->blob.empty() ? row : std::nullopt;
  };
  try {
    const auto recording = kept();
    if (!recording || looked_at_.contains(std::hash<std::string>()(recording->blob))) return;
    if (!parts_.blobs.open_reader(recording->blob) && kept() != recording) return;
    look_at_blob("recording of call " + call, recording->blob, recording->bytes);
  } catch (const std::exception& error) {  // a row that is not what its reader takes for granted
    find({"state", "recordings", "key r" + call, fmt::format("it cannot be read: {}", error.what())});
  }
}

Status Fsck::look_at_state() {
  auto there = is_there(parts_.data_dir + "/state");
  if (!there) return std::unexpected(there.error());
  if (!*there) {
    auto fresh = check_state_reaches(0, log_stats_);
    find({"state", "", "", fresh ? "there is none; an engine makes it anew from the log" : fresh.error().message});
    return {};
  }
  auto fit = pages_fit("state");
  if (!fit) return std::unexpected(fit.error());
  if (!*fit) return {};
  auto store = Store::open_to_read(parts_.data_dir + "/state", parts_.clock, parts_.keys);
  if (!store) {
    summary_.state_other_format = is_other_format(store.error());
    find_error({"state", "", "", ""}, store.error());
    return {};
  }
  auto reader = (*store)->read();
  if (!reader) return std::unexpected(reader.error());
  summary_.position = read_position(**reader);
  // What was appended while the log was walked counts: the state may have processed it.
  uint64_t last_seq = UINT64_MAX;
  if (log_readable_) {
    auto log = LogStore::open_to_read(parts_.data_dir + "/log");
    auto end = log ? (*log)->end() : Result<LogEnd>(std::unexpected(log.error()));
    if (end) last_seq = end->next_seq - 1;
  }
  summary_.log_older = summary_.position > last_seq;
  if (auto reached = check_state_reaches(summary_.position, log_stats_); !reached)
    find({"state", name(Table::meta), "key position", reached.error().message});
  auto rows = check_rows(**reader, last_seq, [&](const RowFinding& row) {
    find({"state", name(row.table), row.key.empty() ? "" : "key " + row.key, row.what});
  });
  if (!rows && is_missing_key(rows.error())) {
    find_error({"state", "", "", ""}, rows.error());
    return {};
  }
  if (!rows) return std::unexpected(rows.error());
  summary_.rows = *rows;
  reader->reset();
  look_at_recordings(**store);
  return {};
}

Status check_store(const std::string& dir) { return check_every_page(dir); }

Status check_store_beside(const std::string& dir) {
  Pin pin(dir);
  return check_every_page(dir, [&] { return pin.hold(); });
}

Status check_at_start(const std::string& data_dir) {
  // A stop takes it away; it is there after a crash.
  const uint64_t pages = exists(data_dir + "/cli.token") ? kPagesAfterCrash : kPagesAtStart;
  for (const char* where : {"log", "state"}) {
    const std::string file = fmt::format("{}/{}/data.mdb", data_dir, where);
    std::error_code error;
    if (std::filesystem::file_size(file, error) == 0 || error) continue;
    std::optional<PageFinding> first;
    auto note = [&](const PageFinding& finding) { first = first.value_or(finding); };
    for (bool leaves : {false, true}) {
      auto looked = check_pages({.file = file, .leaves = leaves, .pages_max = pages}, note);
      if (!looked) return std::unexpected(looked.error());
    }
    if (!first) continue;
    const bool state = std::string_view(where) == "state";
    Error found = damaged(file, *first).error();
    found.message += state ? "; `hookswitch rebuild` makes the state anew from the log"
                           : "; `hookswitch fsck` names all that is wrong, `hookswitch restore` puts a backup back";
    return std::unexpected(std::move(found));
  }
  return {};
}

}  // namespace hookswitch
