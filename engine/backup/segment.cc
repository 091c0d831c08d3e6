#include "engine/backup/segment.h"

#include <vector>

#include "engine/base/bytes.h"

namespace hookswitch {
namespace {

constexpr std::string_view kMagic("HSLS\x01\0\0\0", 8);
constexpr size_t kHeadBytes = 24;  // before each group

/// Cuts a file that comes in pieces into its groups.
class GroupCutter {
 public:
  explicit GroupCutter(const std::function<Status(LogStore::RawGroup)>& visit) : visit_(visit) {}

  Status add(std::string_view piece) {
    held_ += piece;
    std::string_view left = held_;
    if (!begun_ && left.size() >= kMagic.size()) {
      if (!left.starts_with(kMagic)) return fail(Code::corrupt, "it does not begin as a piece of a log does");
      left.remove_prefix(kMagic.size());
      begun_ = true;
    }
    while (begun_ && left.size() >= kHeadBytes) {
      ByteReader head(left);
      const auto first = head.le<uint64_t>();
      const auto count = head.le<uint32_t>();
      head.le<uint32_t>();
      const auto bytes = head.le<uint64_t>();
      if (head.left() < bytes) break;
      if (auto seen = visit_({{first, count}, std::string(head.bytes(bytes))}); !seen) return seen;
      left.remove_prefix(kHeadBytes + bytes);
    }
    held_.erase(0, held_.size() - left.size());
    return {};
  }

  Status end() const {
    if (begun_ && held_.empty()) return {};
    return fail(Code::corrupt, "it ends in the middle of a group");
  }

 private:
  const std::function<Status(LogStore::RawGroup)>& visit_;
  std::string held_;
  bool begun_ = false;
};

}  // namespace

Result<SegmentWriter> SegmentWriter::create(const std::string& path) {
  auto file = NewFile::create(path);
  if (!file) return std::unexpected(file.error());
  if (auto begun = file->write(kMagic); !begun) return std::unexpected(begun.error());
  return SegmentWriter(std::move(*file));
}

Status SegmentWriter::add(const GroupKey& key, std::string_view group) {
  std::string head;
  put_le<uint64_t>(head, key.first);
  put_le<uint32_t>(head, key.count);
  put_le<uint32_t>(head, 0);
  put_le<uint64_t>(head, group.size());
  if (auto written = file_.write(head); !written) return written;
  return file_.write(group);
}

Status read_segment(const std::string& path, const std::function<Status(LogStore::RawGroup)>& visit) {
  GroupCutter cutter(visit);
  auto read = read_file(path, [&](std::string_view piece) { return cutter.add(piece); });
  Status done = read ? cutter.end() : std::unexpected(read.error());
  if (!done) return wrap(done.error(), "read " + path);
  return {};
}

Result<LogStore::RawGroup> cut_group(const LogStore::RawGroup& group, uint64_t last) {
  if (group.key.end() <= last + 1) return group;
  const GroupView view(group.key, group.value);
  std::vector<EncodedRecord> kept;
  for (uint64_t seq = group.key.first; seq <= last; ++seq) {
    const auto index = static_cast<uint32_t>(seq - group.key.first);
    auto bytes = view.record_bytes(index);
    auto record = view.record(index);
    if (!bytes || !record) {
      return fail(Code::corrupt, "cut the log after record {}: record {} beside it is damaged; another one will do",
                  last, seq);
    }
    kept.push_back({*bytes, record->time_ms, record->blob});
  }
  LogStore::RawGroup out{{group.key.first, static_cast<uint32_t>(kept.size())}, std::string(group_bytes(kept), '\0')};
  encode_group(out.value.data(), out.key.first, kept);
  return out;
}

}  // namespace hookswitch
