// The log on disk, byte by byte: how a group of records is laid out as one value, and how it is read and checked.
//
// The log is one LMDB environment with three named tables. Numbers are little-endian unless said otherwise.
//
//   table   key                                             value
//   meta    "format"                                        u32 format version (kFormatVersion)
//   meta    "sealed" and u64 key id                         u64: no record from this sequence on is sealed with that
//                                                           key; all ones while it is the one that seals
//   meta    "processed"                                     there once a state on disk has processed records of it
//   meta    "rewritten"                                     u64, random: another one after each erasing of records
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
//   u8  flags: 1 = the body is a blob,   1     13
//       2 = sealed, 4 = erased
//   u16 bytes of the source's name       2     14
//   i64 time, ms                         8     16
//   u64 hash of the ordering key or 0    8     24
//   u32 bytes of the header block        4     32
//   u32 bytes of the body, or of the     4     36
//       blob's name (64)
//   u64 bytes of the blob, or 0          8     40
//   source, header block, body or name        48   header block: see encode_headers()
//
// Of a sealed record the header block and the body lie there sealed together, as sealing/keys.h has it: kSealBytes more
// than their own sizes, which the fields at 32 and 36 still are. A blob's name follows the sealed header block in
// clear: the log itself looks after blobs. Kind, source, times and sizes are in clear. What it is bound to:
// record_place().
//
// Of an erased record kind, source and time are left: header block, body and blob are gone, and with them the hash of
// the ordering key. It keeps its sequence. A command may be left with a body of fewer entries instead.
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
#include "engine/sealing/keys.h"

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

/// What a record takes on disk; `sealed`: see seal_record().
size_t encoded_bytes(const NewRecord& record, bool sealed = false);

/// A record as it lies on disk but for what only the commit knows: its sequence, so its checksum, and its final time.
struct EncodedRecord {
  std::string_view bytes;  // by encode_record()
  int64_t time_ms = 0;     // as committed
  std::string_view blob;   // its name, or ""
};

/// What a sealed record is bound to, as bytes: its kind, ordering key, sizes, source and blob.
std::string record_place(const RecordView& record);

/// Headers and body of the record, sealed. `out` is overwritten.
Status seal_record(const Keys& keys, const NewRecord& record, std::string& out);

/// Writes the record into `out`, which has room for encoded_bytes(record), or with `sealed` of seal_record() for that.
void encode_record(char* out, const NewRecord& record, std::string_view sealed = {});

/// What is left of an erased record.
NewRecord erased_record(const RecordView& record);

/// The record as it was appended. One that is sealed is opened into `buffer`, which the result then points into; keys
/// may be null when there are none. Errors: corrupt when it was changed, denied when its key is missing.
Result<RecordView> open_record(const Keys* keys, const RecordView& record, std::string& buffer);

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
  /// The record key().first + index, checked, and sealed if it is so on disk. Error: corrupt.
  Result<RecordView> record(uint32_t index) const;
  /// The same record as its bytes lie on disk, checked too: for those who copy records from log to log.
  Result<std::string_view> record_bytes(uint32_t index) const;

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
