#include "engine/backup/backup.h"

#include <filesystem>
#include <fstream>
#include <tuple>

#include "engine/backup/segment.h"
#include "engine/log/blob_files.h"
#include "engine/log/blob_seal.h"
#include "engine/state/position.h"
#include "engine/state/recordings.h"
#include "engine/state/store.h"

namespace hookswitch {

namespace fs = std::filesystem;

namespace {

constexpr const char* kStateIncoming = "state.new";  // what is copied, until it is whole
constexpr const char* kRulesIncoming = "rules.new";
constexpr size_t kStateNameHash = 16;  // digits of its hash in a state's name

/// But for the lock of whoever makes the backup, and what a first run left that was cut short.
bool is_empty_dir(const std::string& dir) {
  std::error_code error;
  if (!fs::exists(dir, error)) return true;
  for (const auto& file : fs::directory_iterator(dir, error)) {
    const std::string name = file.path().filename().string();
    if (name != "LOCK" && name != kStateIncoming && name != kRulesIncoming) return false;
  }
  return !error;
}

std::vector<std::string> files_in(const std::string& dir) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator file(dir, error), end; !error && file != end; file.increment(error))
    names.push_back(file->path().filename().string());
  return names;
}

/// In state/ or log/, as every file of a backup is there. An engine's own have names without.
bool is_numbered(const std::string& file) {
  const size_t name = file.find('/') + 1;
  return file[name] >= '0' && file[name] <= '9';
}

// Of a sealed body only who has its key can tell whether it was changed.
bool is_sealed_body(const std::string& path) {
  std::string front(kBlobMagic.size(), '\0');
  std::ifstream(path, std::ios::binary).read(front.data(), static_cast<std::streamsize>(front.size()));
  return front == kBlobMagic;
}

BackupMark mark_of(const GroupView& group) {
  return {group.key().first, group.key().count, group.last_time_ms().value_or(0)};
}

}  // namespace

Result<BackupSummary> Backup::run(const GoOn& go_on) {
  summary_ = {};
  if (auto begun = begin(); !begun) return std::unexpected(begun.error());
  if (auto copied = copy_all(go_on); !copied) {
    remove_unfinished();
    return std::unexpected(copied.error());
  }
  return std::move(summary_);
}

// The log is looked at first: one that does not follow is refused before anything is copied.
Status Backup::copy_all(const GoOn& go_on) {
  if (auto same = check_log(); !same) return same;
  Result<uint64_t> now = rewritten();
  // What the log was trimmed by meanwhile the state may not have processed when it was copied: then it has now.
  do {
    if (!now) return std::unexpected(now.error());
    if (manifest_.rewritten != *now) {
      if (auto begun = begin_anew(*now); !begun) return begun;
    }
    if (auto copied = copy_state(); !copied) return copied;
    if (auto copied = copy_log(go_on); !copied) return copied;
    now = rewritten();
  } while (!now || manifest_.rewritten != *now || manifest_.first_seq() > summary_.position + 1);
  if (auto copied = copy_blobs(); !copied) return copied;
  if (auto copied = copy_rules(); !copied) return copied;
  return finish();
}

Status Backup::begin() {
  const std::string& dest = parts_.dest;
  auto whole = read_manifest(dest + "/" + kManifestFile);
  if (!whole) return std::unexpected(whole.error());
  auto partial = read_manifest(dest + "/" + kPartialManifestFile);
  // One that is neither further nor begun anew was left by a crash after the whole one was written.
  if (partial && *partial &&
      (!*whole || (**partial).last_seq() > (**whole).last_seq() || (**partial).rewritten != (**whole).rewritten)) {
    manifest_ = std::move(**partial);
    summary_.went_on = true;
  } else if (*whole) {
    manifest_ = std::move(**whole);
  } else if (!fs::exists(dest + "/state") && !fs::exists(dest + "/log") && !is_empty_dir(dest)) {
    return fail(Code::conflict, "back up to {}: found other files there, expected a backup or an empty directory",
                dest);
  }
  for (const BackupBlobs& list : manifest_.blobs) {
    auto held = read_blob_list(dest + "/" + list.file);
    if (!held) return std::unexpected(held.error());
    for (BackupBlob& blob : *held) blobs_.insert(std::move(blob.name));
  }
  return make_dirs(dest);
}

Status Backup::copy_state() {
  const std::string incoming = parts_.dest + "/" + kStateIncoming;
  if (auto removed = remove_all(incoming); !removed) return removed;
  if (auto made = make_dirs(incoming); !made) return made;
  {
    auto live = Store::open_to_read(parts_.data_dir + "/state", parts_.clock);
    if (!live) return std::unexpected(live.error());
    if (auto copied = (*live)->copy_to(incoming); !copied) return copied;
  }
  BackupState state{.made_ms = parts_.clock.now_ms()};
  {
    auto copy = Store::open_to_read(incoming, parts_.clock);
    if (!copy) return std::unexpected(copy.error());
    auto reader = (*copy)->read();
    if (!reader) return std::unexpected(reader.error());
    state.position = read_position(**reader);
  }
  auto sum = read_file(incoming + "/data.mdb");
  if (!sum) return std::unexpected(sum.error());
  state.sum = *sum;
  // Named by what is in it too: a manifest's file is never replaced by another state of the same position.
  state.file = fmt::format("state/{:020}-{}.mdb", state.position, sum->sha256.substr(0, kStateNameHash));
  if (auto made = make_dirs(parts_.dest + "/state"); !made) return made;
  if (auto moved = move_path(incoming + "/data.mdb", parts_.dest + "/" + state.file); !moved) return moved;
  if (auto synced = sync_path(parts_.dest + "/state"); !synced) return synced;
  std::erase_if(manifest_.states, [&](const BackupState& old) { return old.position == state.position; });
  manifest_.states.push_back(std::move(state));
  std::ranges::sort(manifest_.states, {}, &BackupState::position);
  summary_.position = manifest_.states.back().position;
  summary_.bytes += sum->bytes;
  return remove_all(incoming);
}

Status Backup::check_same_log(GroupReader& groups) const {
  if (manifest_.log.empty()) return {};
  const uint64_t next = manifest_.last_seq() + 1;
  auto found = groups.seek(manifest_.mark.first);
  if (!found) return std::unexpected(found.error());
  if (*found && groups.key().first > next) {
    return fail(
        Code::conflict,
        "back up to {}: records {} to {} are trimmed from the log and not in the backup, so what comes now does "
        "not follow; begin another directory",
        parts_.dest, next, groups.key().first - 1);
  }
  if (*found && (groups.key().first == next || mark_of(groups.group()) == manifest_.mark)) return {};
  return fail(Code::conflict, "back up to {}: it holds a backup of another log, or of this one before it was restored",
              parts_.dest);
}

Status Backup::check_log() const {
  auto store = LogStore::open_to_read(parts_.data_dir + "/log");
  if (!store) return std::unexpected(store.error());
  auto groups = (*store)->reader();
  return groups ? check_same_log(*groups) : std::unexpected(groups.error());
}

Result<uint64_t> Backup::rewritten() const {
  auto store = LogStore::open_to_read(parts_.data_dir + "/log");
  return store ? (*store)->rewritten() : std::unexpected(store.error());
}

/// The backup that is there stays as it is until this one is whole.
Status Backup::begin_anew(uint64_t rewritten) {
  auto whole = read_manifest(parts_.dest + "/" + kManifestFile);
  if (!whole) return std::unexpected(whole.error());
  if (auto removed = remove_all(parts_.dest + "/" + kPartialManifestFile); !removed) return removed;
  std::vector<Manifest> keep;
  if (*whole) {
    before_ = (**whole).first_seq();
    keep.push_back(std::move(**whole));
  }
  manifest_ = {};
  manifest_.rewritten = rewritten;
  summary_ = {};
  blobs_.clear();
  named_.clear();
  return remove_others(keep);
}

Status Backup::copy_log(const GoOn& go_on) {
  auto store = LogStore::open_to_read(parts_.data_dir + "/log");
  if (!store) return std::unexpected(store.error());
  auto end = (*store)->end();
  if (!end) return std::unexpected(end.error());
  auto groups = (*store)->reader();
  if (!groups) return std::unexpected(groups.error());
  if (auto same = check_same_log(*groups); !same) return same;
  auto keys = (*store)->sealing_keys();
  if (!keys) return std::unexpected(keys.error());
  manifest_.log_keys = std::move(*keys);
  const uint64_t from = manifest_.log.empty() ? 0 : manifest_.last_seq() + 1;
  auto found = groups->seek(from);
  if (found && *found && groups->key().end() <= from) found = groups->next();
  std::optional<SegmentWriter> writer;
  BackupSegment segment;
  for (; found && *found; found = groups->next()) {
    const GroupView group = groups->group();
    if (!writer) {
      segment = {.first = group.key().first};
      segment.file = free_name(fmt::format("log/{:020}", segment.first), ".groups");
      auto created = SegmentWriter::create(parts_.dest + "/" + segment.file);
      if (!created) return std::unexpected(created.error());
      writer.emplace(std::move(*created));
    }
    if (auto added = writer->add(group.key(), group.bytes()); !added) return added;
    look_at(group);
    segment.last = group.key().end() - 1;
    manifest_.mark = mark_of(group);
    summary_.records += group.key().count;
    if (writer->bytes() < parts_.segment_bytes) continue;
    if (auto ended = end_segment(*writer, std::move(segment)); !ended) return ended;
    writer.reset();
    if (go_on && !go_on(groups->key().end() - 1, end->next_seq - 1)) {
      return fail(Code::unavailable, "back up to {}: stopped after record {}; the next run goes on", parts_.dest,
                  manifest_.last_seq());
    }
  }
  if (!found) return std::unexpected(found.error());
  return writer ? end_segment(*writer, std::move(segment)) : Status();
}

void Backup::look_at(const GroupView& group) {
  for (uint32_t i = 0; i < group.key().count; ++i) {
    auto record = group.record(i);
    if (!record) {
      warn(fmt::format("{}; it is copied as it is", record.error().message));
    } else if (!record->blob.empty()) {
      named_.push_back({record->seq, std::string(record->blob), record->kind});
    }
  }
}

// Damage is copied too, for what is left of it may be worth something; but nobody is to drop a good copy for it
// unaware.
void Backup::warn(std::string what) {
  constexpr size_t kWarnings = 100;
  if (summary_.warnings.size() < kWarnings) {
    summary_.warnings.push_back(std::move(what));
  } else if (summary_.warnings.size() == kWarnings) {
    summary_.warnings.emplace_back("there is more; hookswitch fsck names all that is damaged");
  }
}

Status Backup::end_segment(SegmentWriter& writer, BackupSegment segment) {
  auto sum = writer.finish();
  if (!sum) return std::unexpected(sum.error());
  segment.sum = *sum;
  summary_.bytes += sum->bytes;
  manifest_.log.push_back(std::move(segment));
  return write_manifest(parts_.dest + "/" + kPartialManifestFile, manifest_);
}

Status Backup::copy_blobs() {
  BackupBlobs list{.file = free_name("blobs", ".list")};
  std::string lines;
  for (unsigned shard = 0; shard < 256; ++shard) {
    if (auto copied = copy_shard(fmt::format("{:02x}", shard), lines, list); !copied) return copied;
  }
  for (const Named& named : named_) {
    if (blobs_.contains(named.blob)) continue;
    if (auto copied = copy_blob(named.blob, lines, list); !copied) return copied;
  }
  if (auto warned = warn_of_missing(); !warned) return warned;
  if (list.count == 0) return {};
  auto written = write_file(parts_.dest + "/" + list.file, lines);
  if (!written) return std::unexpected(written.error());
  list.sum = *written;
  summary_.blobs = list.count;
  summary_.bytes += list.bytes;
  manifest_.blobs.push_back(std::move(list));
  return {};
}

/// Of results only recordings have a blob. Who let go of one has no row with it any more, and its record stays.
Status Backup::warn_of_missing() {
  std::erase_if(named_, [&](const Named& named) { return blobs_.contains(named.blob); });
  if (named_.empty()) return {};
  auto store = Store::open_to_read(parts_.data_dir + "/state", parts_.clock);
  if (!store) return std::unexpected(store.error());
  auto reader = (*store)->read();
  if (!reader) return std::unexpected(reader.error());
  for (const Named& named : named_) {
    if (named.kind == RecordKind::result && !holds_blob(**reader, named.blob)) continue;
    warn(fmt::format("the body of record {} is not there: trimmed meanwhile, or lost", named.seq));
  }
  return (*reader)->status();
}

Status Backup::copy_shard(const std::string& shard, std::string& lines, BackupBlobs& list) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator file(parts_.data_dir + "/blobs/" + shard, error), end; !error && file != end;
       file.increment(error)) {
    names.push_back(shard + file->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(Code::io, "list {}/blobs/{}: {}", parts_.data_dir, shard, error.message());
  }
  for (const std::string& name : names) {
    if (!is_blob_name(name) || blobs_.contains(name)) continue;
    if (auto copied = copy_blob(name, lines, list); !copied) return copied;
  }
  return {};
}

Status Backup::copy_blob(const std::string& name, std::string& lines, BackupBlobs& list) {
  const std::string to = blob_path(parts_.dest + "/blobs", name);
  // It may be there from a run that was interrupted; a file that has its name is whole.
  auto copied = fs::exists(to) ? read_file(to) : copy_file(blob_path(parts_.data_dir + "/blobs", name), to);
  if (!copied && copied.error().code == Code::not_found) return {};  // removed meanwhile
  if (!copied) return std::unexpected(copied.error());
  if (copied->sha256 != name && !is_sealed_body(to))
    warn(fmt::format("the body {}: its bytes do not have the hash it is named after; it is copied as it is", name));
  lines += encode_blob_line({name, *copied});
  ++list.count;
  list.bytes += copied->bytes;
  blobs_.insert(name);
  return {};
}

/// Versions of the rules are named by their content, so what is there is the same.
Status Backup::copy_rules() {
  const std::string from = parts_.data_dir + "/rules", to = parts_.dest + "/rules";
  std::error_code error;
  if (!fs::exists(from, error)) return {};
  for (const auto& version : fs::directory_iterator(from, error)) {
    const fs::path target = fs::path(to) / version.path().filename();
    if (!version.is_directory(error) || fs::exists(target, error)) continue;
    const std::string incoming = parts_.dest + "/" + kRulesIncoming;
    if (auto removed = remove_all(incoming); !removed) return removed;
    fs::copy(version.path(), incoming, fs::copy_options::recursive, error);
    if (error) continue;  // a version that is removed at this moment is no loss
    if (auto made = make_dirs(to); !made) return made;
    if (auto moved = move_path(incoming, target.string()); !moved) return moved;
  }
  return remove_all(parts_.dest + "/" + kRulesIncoming);
}

Status Backup::finish() {
  forget_old_states();
  manifest_.made_by = parts_.made_by;
  manifest_.made_ms = parts_.clock.now_ms();
  if (auto written = write_manifest(parts_.dest + "/" + kManifestFile, manifest_); !written) return written;
  if (auto removed = remove_all(parts_.dest + "/" + kPartialManifestFile); !removed) return removed;
  summary_.first_seq = manifest_.first_seq();
  summary_.last_seq = manifest_.last_seq();
  warn_of_anew();
  if (auto removed = remove_others({manifest_}); !removed) return removed;
  return remove_other_blobs();
}

void Backup::warn_of_anew() {
  if (!before_) return;
  std::string gone = "copies of the state from before";
  if (*before_ < summary_.first_seq)
    gone += fmt::format(" and records {} to {}, which the log has no more,", *before_, summary_.first_seq - 1);
  summary_.warnings.push_back(
      fmt::format("all was copied anew, so that nothing comes back which was erased since the last backup into {}; "
                  "{} are gone from it",
                  parts_.dest, gone));
}

/// Of a file that is not there, for one that a manifest names never changes.
std::string Backup::free_name(const std::string& stem, const char* end) const {
  std::string name = stem + end;
  for (int i = 2; fs::exists(parts_.dest + "/" + name); ++i) name = fmt::format("{}.{}{}", stem, i, end);
  return name;
}

Status Backup::remove_others(const std::vector<Manifest>& keep) const {
  std::set<std::string> named;
  for (const Manifest& manifest : keep) {
    for (const BackupState& state : manifest.states) named.insert(state.file);
    for (const BackupSegment& segment : manifest.log) named.insert(segment.file);
    for (const BackupBlobs& list : manifest.blobs) named.insert(list.file);
  }
  std::vector<std::string> others;
  for (const std::string& name : files_in(parts_.dest + "/state")) others.push_back("state/" + name);
  for (const std::string& name : files_in(parts_.dest + "/log")) others.push_back("log/" + name);
  std::erase_if(others, [&](const std::string& name) { return named.contains(name) || !is_numbered(name); });
  for (const std::string& name : files_in(parts_.dest)) {
    if (name.starts_with("blobs.") && name.contains(".list") && !named.contains(name)) others.push_back(name);
  }
  for (const std::string& name : others) {
    if (auto removed = remove_all(parts_.dest + "/" + name); !removed) return removed;
  }
  return {};
}

/// Those that were erased, and that a run which was cut short has copied.
Status Backup::remove_other_blobs() const {
  for (unsigned shard = 0; shard < 256; ++shard) {
    const std::string beginning = fmt::format("{:02x}", shard), dir = parts_.dest + "/blobs/" + beginning;
    for (const std::string& file : files_in(dir)) {
      if (blobs_.contains(beginning + file)) continue;
      if (auto removed = remove_all(dir + "/" + file); !removed) return removed;
    }
  }
  return {};
}

// What cannot be removed now, the next backup removes. Where a manifest cannot be read nothing is.
void Backup::remove_unfinished() const {
  std::ignore = remove_all(parts_.dest + "/" + kStateIncoming);
  std::vector<Manifest> keep;
  for (const char* name : {kManifestFile, kPartialManifestFile}) {
    auto manifest = read_manifest(parts_.dest + "/" + name);
    if (!manifest) return;
    if (*manifest) keep.push_back(std::move(**manifest));
  }
  std::ignore = remove_others(keep);
}

void Backup::forget_old_states() {
  const size_t kept = std::max<size_t>(1, parts_.states_kept);
  if (manifest_.states.size() > kept) {
    manifest_.states.erase(manifest_.states.begin(), manifest_.states.end() - static_cast<ptrdiff_t>(kept));
  }
}

}  // namespace hookswitch
