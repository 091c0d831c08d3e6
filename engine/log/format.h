// The log on disk, byte by byte: how a group of records is laid out as one value, and how it is read and checked.
//
// The log is one LMDB environment with three named tables. Numbers are little-endian unless said otherwise.
//
//   table   key                                             value
//   meta    "format"                                        u32 format version (kFormatVersion)
//   groups  u64 first sequence, u32 count (big-endian)      one group, below
//   blobs   a blob's name, 64 hex digits                    u64 newest sequence that names it
//
// A group is what one commit appended. Sequences count from 1 without gaps, so the keys alone tell which sequences lie
// where: a group holds [first, first + count). The newest group is never trimmed, so the next sequence is always known.
//
//   group header                       bytes   at
//   magic "HSGR"                         4      0
//   u16 format version                   2      4
//   u16 flags: 1 = a record has a blob   2      6
//   u64 first sequence                   8      8
//   u32 count of records                 4     16
//   u32 zero                             4     20
//   i64 time of its first record, ms     8     24   Unix epoch, UTC; times never go back from record to record
//   i64 time of its last record, ms      8     32
//   u64 bytes of the whole group         8     40
//   u64 checksum                         8     48   see below
//   first u32 offset of each record        4*count   56   from the start of the group
//
//   record                             bytes   at
//   u64 checksum                         8      0   XXH3-64, seed = the record's sequence, of bytes [8, bytes)
//   u32 bytes of the whole record        4      8
//   u8  kind (record.h)                  1     12
//   u8  flags: 1 = the body is a blob    1     13
//   u16 bytes of the source's name       2     14
//   i64 time, ms                         8     16
//   u64 hash of the ordering key or 0    8     24
//   u32 bytes of the header block        4     32
//   u32 bytes of the body, or of the     4     36
//       blob's name (64)
//   u64 bytes of the blob, or 0          8     40
//   source, header block, body or name        48   header block: see encode_headers()
//
// The header's checksum is XXH3-64 of the offsets, seeded with the XXH3-64 of bytes [0,48) seeded with the first
// sequence. Records follow the offsets, and each other, without padding. The sequence is the seed of the checksum, so a
// record in the wrong place does not pass. When a group's header is damaged, its records are found by their own sizes;
// when a record is damaged, only that record is lost.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/log/record.h"

namespace hookswitch {

constexpr uint32_t kFormatVersion = 1;
constexpr size_t kGroupHeaderBytes = 56;
constexpr size_t kRecordFixedBytes = 48;

/// Which sequences a group holds: [first, end()).
struct GroupKey {
  uint64_t first = 0;
  uint32_t count = 0;
  uint64_t end() const { return first + count; }
};

std::string encode_group_key(const GroupKey& key);
std::optional<GroupKey> decode_group_key(std::string_view bytes);

/// What a record takes on disk.
size_t encoded_bytes(const NewRecord& record);

/// A record as it lies on disk but for what only the commit knows: its sequence, so its checksum, and its final time.
struct EncodedRecord {
  std::string_view bytes;  // by encode_record()
  int64_t time_ms = 0;     // as committed
  std::string_view blob;   // its name, or ""
};

/// Writes the record into `out`, which has room for encoded_bytes(record).
void encode_record(char* out, const NewRecord& record);

/// What a group of these records takes.
size_t group_bytes(std::span<const EncodedRecord> records);

/// Writes the group into `out`, which has room for group_bytes(records). Times must not go back.
void encode_group(char* out, uint64_t first_seq, std::span<const EncodedRecord> records);

/// A group as read; points into the log's memory.
class GroupView {
 public:
  GroupView(const GroupKey& key, std::string_view value);

  const GroupKey& key() const { return key_; }
  std::string_view bytes() const { return value_; }
  /// Whether the header passes its checks. If not, the records that can be found are still to be had.
  bool header_ok() const { return header_ok_; }
  bool has_blobs() const;
  /// Time of the last record; nullopt when no record of a damaged group can be read.
  std::optional<int64_t> last_time_ms() const;
  /// The record key().first + index, checked. Error: corrupt.
  Result<RecordView> record(uint32_t index) const;

 private:
  bool check_header() const;
  void find_records();
  std::optional<uint32_t> offset(uint32_t index) const;

  GroupKey key_;
  std::string_view value_;
  bool header_ok_;
  std::vector<uint32_t> found_;  // offsets, only when the header is damaged
};

}  // namespace hookswitch
