#include "engine/backup/restore.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "engine/backup/segment.h"
#include "engine/base/owner.h"
#include "engine/log/blob_files.h"
#include "engine/state/store.h"

namespace hookswitch {

namespace fs = std::filesystem;

namespace {

constexpr size_t kGroupsPerCommit = 4'096;
constexpr size_t kBytesPerCommit = 32 << 20;
constexpr const char* kPlaces[] = {"log", "state", "blobs", "rules"};

std::string staging(const std::string& data_dir) { return data_dir + "/restore"; }
std::string alive_file(const std::string& dir) { return dir + "/alive"; }
std::string ready_file(const std::string& data_dir) { return staging(data_dir) + "/ready"; }
std::string replaced_dir(const std::string& data_dir) { return data_dir + "/replaced"; }

bool exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

/// In data/replaced: a number above every other there, so that nothing that was kept is ever in the way.
std::string free_place(const std::string& data_dir) {
  uint64_t highest = 0;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(replaced_dir(data_dir), error)) {
    const std::string name = file.path().filename().string();
    uint64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    highest = std::max(highest, number);
  }
  return std::to_string(highest + 1);
}

/// Where what is there now goes; data/replaced itself when the file does not say.
Result<std::string> place_of_old(const std::string& data_dir) {
  auto place = read_text(ready_file(data_dir));
  if (!place) return place;
  return place->empty() ? replaced_dir(data_dir) : replaced_dir(data_dir) + "/" + *place;
}

/// Many groups a commit: a log of single records would else take a sync each.
class LogFiller {
 public:
  explicit LogFiller(LogStore& log) : log_(log) {}

  Status add(LogStore::RawGroup group) {
    bytes_ += group.value.size();
    waiting_.push_back(std::move(group));
    return waiting_.size() < kGroupsPerCommit && bytes_ < kBytesPerCommit ? Status() : flush();
  }

  Status flush() {
    Status put = waiting_.empty() ? Status() : log_.put_groups(waiting_);
    waiting_.clear();
    bytes_ = 0;
    return put;
  }

 private:
  LogStore& log_;
  std::vector<LogStore::RawGroup> waiting_;
  size_t bytes_ = 0;
};

}  // namespace

std::string next_replaced(const std::string& data_dir) { return replaced_dir(data_dir) + "/" + free_place(data_dir); }

bool holds_data(const std::string& data_dir) { return exists(data_dir + "/log") || exists(data_dir + "/state"); }

Restore::~Restore() { (void)drop_unready_restore(parts_.data_dir); }

Result<Restore::Staged> Restore::stage(const GoOn& go_on) {
  go_on_ = go_on;
  if (auto fit = check_target(); !fit) return std::unexpected(fit.error());
  auto manifest = read_manifest(parts_.source + "/" + kManifestFile);
  if (!manifest) return std::unexpected(manifest.error());
  if (!*manifest) {
    return fail(Code::not_found, "restore {}: found no {}: it is no backup, or one that was never finished",
                parts_.source, kManifestFile);
  }
  manifest_ = std::move(**manifest);
  staged_ = {.dir = staging(parts_.data_dir), .made_ms = manifest_.made_ms};
  staged_.knows_erased = manifest_.rewritten.has_value();
  staged_.last_seq = parts_.to_seq.value_or(manifest_.last_seq());
  if (auto removed = remove_all(staged_.dir); !removed) return std::unexpected(removed.error());
  for (const char* place : {"/log", "/state", "/blobs"}) {
    if (auto made = make_dirs(staged_.dir + place); !made) return std::unexpected(made.error());
  }
  if (auto read = read_lists(); !read) return std::unexpected(read.error());
  for (auto step :
       {&Restore::restore_state, &Restore::restore_log, &Restore::restore_blobs, &Restore::restore_alive}) {
    if (auto done = (this->*step)(); !done) return std::unexpected(done.error());
  }
  return staged_;
}

Status Restore::check_target() const {
  if (!holds_data(parts_.data_dir) || parts_.force) return {};
  return fail(Code::conflict, "restore into {}: found data there, expected an empty directory; --force moves it to {}",
              parts_.data_dir, replaced_dir(parts_.data_dir) + "/" + free_place(parts_.data_dir));
}

Status Restore::read_lists() {
  for (const BackupBlobs& list : manifest_.blobs) {
    if (auto ok = check_file(parts_.source + "/" + list.file, list.sum); !ok) return ok;
    auto blobs = read_blob_list(parts_.source + "/" + list.file);
    if (!blobs) return std::unexpected(blobs.error());
    for (BackupBlob& blob : *blobs) {
      all_bytes_ += blob.sum.bytes;
      blobs_.push_back(std::move(blob));
    }
  }
  for (const BackupSegment& segment : manifest_.log) all_bytes_ += segment.sum.bytes;
  return {};
}

Status Restore::advance(uint64_t bytes) {
  done_bytes_ += bytes;
  if (!go_on_ || go_on_(done_bytes_, all_bytes_)) return {};
  return fail(Code::unavailable, "restore {}: stopped; nothing was changed", parts_.source);
}

Status Restore::check(const std::string& file, const FileSum& sum) {
  return check_file(parts_.source + "/" + file, sum);
}

/// The newest copy that is not beyond the last record; null when the whole log is there to make the state from.
Result<const BackupState*> Restore::choose_state() const {
  const uint64_t first = manifest_.first_seq();
  if (staged_.last_seq > manifest_.last_seq() || staged_.last_seq + 1 < first) {
    return fail(Code::invalid, "restore {} to record {}: found records {} to {} in it", parts_.source, staged_.last_seq,
                first, manifest_.last_seq());
  }
  const BackupState* best = nullptr;
  for (const BackupState& state : manifest_.states) {
    if (state.position <= staged_.last_seq && state.position + 1 >= first) best = &state;
  }
  if (best != nullptr || first <= 1) return best;
  const uint64_t oldest = manifest_.states.empty() ? 0 : manifest_.states.front().position;
  return fail(
      Code::conflict,
      "restore {} to record {}: the log in it begins with {} and the oldest copy of the state is of record {}, so "
      "nothing before that can be restored",
      parts_.source, staged_.last_seq, first, oldest);
}

Status Restore::restore_state() {
  auto chosen = choose_state();
  if (!chosen) return std::unexpected(chosen.error());
  if (*chosen == nullptr) return {};
  const BackupState& state = **chosen;
  if (auto ok = check(state.file, state.sum); !ok) return ok;
  auto copied = copy_file(parts_.source + "/" + state.file, staged_.dir + "/state/data.mdb");
  if (!copied) return std::unexpected(copied.error());
  staged_.position = state.position;
  return check_state_format();
}

/// No rebuild helps before the backup is put back.
Status Restore::check_state_format() const {
  SystemClock clock;
  auto opened = Store::open_to_read(staged_.dir + "/state", clock);
  if (opened || opened.error().code != Code::conflict) return {};
  return fail(Code::conflict, "restore {}: {}, once {} has put the backup back", parts_.source, opened.error().message,
              manifest_.made_by);
}

Status Restore::restore_log() {
  auto log = LogStore::open(staged_.dir + "/log", 0);
  if (!log) return std::unexpected(log.error());
  LogFiller filler(**log);
  uint64_t next = manifest_.first_seq();
  for (const BackupSegment& segment : manifest_.log) {
    if (segment.first > staged_.last_seq) break;
    if (auto ok = check(segment.file, segment.sum); !ok) return ok;
    auto read = read_segment(parts_.source + "/" + segment.file, [&](LogStore::RawGroup group) -> Status {
      if (group.key.first > staged_.last_seq) return {};
      if (group.key.first != next) {
        return fail(Code::corrupt, "restore the log: found record {}, expected {}", group.key.first, next);
      }
      auto kept = cut_group(group, staged_.last_seq);
      if (!kept) return std::unexpected(kept.error());
      next = kept->key.end();
      const GroupView records(kept->key, kept->value);
      for (uint32_t i = 0; i < kept->key.count; ++i) staged_.damaged += records.record(i) ? 0 : 1;
      staged_.records += kept->key.count;
      return filler.add(std::move(*kept));
    });
    if (!read) return read;
    if (auto on = advance(segment.sum.bytes); !on) return on;
  }
  if (auto flushed = filler.flush(); !flushed) return flushed;
  if (auto noted = (*log)->note_sealing_keys(manifest_.log_keys); !noted) return noted;
  if (auto noted = (*log)->note_rewritten(manifest_.rewritten.value_or(0)); !noted) return noted;
  if (staged_.records > 0) {  // by the state that will be put in place with it
    if (auto noted = (*log)->note_processed(); !noted) return noted;
  }
  auto end = (*log)->end();
  if (!end) return std::unexpected(end.error());
  if (staged_.records > 0) staged_.last_time_ms = end->last_time_ms;
  return {};
}

Status Restore::restore_blobs() {
  const std::string from = parts_.source + "/blobs", to = staged_.dir + "/blobs";
  for (const BackupBlob& blob : blobs_) {
    auto copied = copy_file(blob_path(from, blob.name), blob_path(to, blob.name));
    if (!copied) return std::unexpected(copied.error());
    if (*copied != blob.sum) {
      return fail(Code::corrupt, "restore {}: found {} bytes with SHA-256 {}, expected {} with {}",
                  blob_path(from, blob.name), copied->bytes, copied->sha256, blob.sum.bytes, blob.sum.sha256);
    }
    ++staged_.blobs;
    if (auto on = advance(blob.sum.bytes); !on) return on;
  }
  std::error_code error;
  if (exists(parts_.source + "/rules")) {
    fs::copy(parts_.source + "/rules", staged_.dir + "/rules", fs::copy_options::recursive, error);
    if (error) return fail(Code::io, "copy {}/rules: {}", parts_.source, error.message());
  }
  return {};
}

/// The engine was there at its last record: the next start asks providers what was missed since.
Status Restore::restore_alive() {
  if (staged_.records == 0) return {};
  const std::string file = alive_file(staged_.dir);
  if (auto written = write_file(file, ""); !written) return std::unexpected(written.error());
  const timespec at{staged_.last_time_ms / 1'000, staged_.last_time_ms % 1'000 * 1'000'000}, times[] = {at, at};
  if (::utimensat(AT_FDCWD, file.c_str(), times, 0) != 0)
    return fail(Code::io, "date {}: {}", file, std::strerror(errno));
  return sync_path(file);
}

Result<std::string> Restore::put_in_place() {
  const std::string& data_dir = parts_.data_dir;
  const bool replaces = std::ranges::any_of(kPlaces, [&](const char* what) { return exists(data_dir + "/" + what); });
  const std::string place = free_place(data_dir), old = replaced_dir(data_dir) + "/" + place;
  if (replaces) {
    if (auto made = make_dirs(old); !made) return std::unexpected(made.error());
    if (auto given = give_to_owner_of(data_dir, replaced_dir(data_dir)); !given) return std::unexpected(given.error());
  }
  if (auto given = give_to_owner_of(data_dir, staged_.dir); !given) return std::unexpected(given.error());
  if (auto synced = sync_path(staged_.dir); !synced) return std::unexpected(synced.error());
  if (auto ready = write_file(ready_file(data_dir), place); !ready) return std::unexpected(ready.error());
  if (auto settled = settle_restore(data_dir); !settled) return std::unexpected(settled.error());
  return replaces ? old : "";
}

Status settle_restore(const std::string& data_dir) {
  if (!exists(ready_file(data_dir))) return {};
  auto replaced = place_of_old(data_dir);
  if (!replaced) return std::unexpected(replaced.error());
  for (const char* place : kPlaces) {
    const std::string now = fmt::format("{}/{}", data_dir, place),
                      fresh = fmt::format("{}/{}", staging(data_dir), place);
    const std::string old = fmt::format("{}/{}", *replaced, place);
    if (!exists(fresh)) continue;  // it is in place already, or the backup has none
    if (exists(now)) {
      if (auto made = make_dirs(*replaced); !made) return made;
      if (auto moved = move_path(now, old); !moved) return moved;
    }
    if (auto moved = move_path(fresh, now); !moved) return moved;
  }
  if (const std::string alive = alive_file(staging(data_dir)); exists(alive)) {
    if (auto moved = move_path(alive, alive_file(data_dir)); !moved) return moved;
  }
  if (auto removed = remove_all(data_dir + "/state.rebuild"); !removed) return removed;
  if (auto synced = sync_path(data_dir); !synced) return synced;
  return remove_all(staging(data_dir));
}

Status drop_unready_restore(const std::string& data_dir) {
  return exists(ready_file(data_dir)) ? Status{} : remove_all(staging(data_dir));
}

}  // namespace hookswitch
