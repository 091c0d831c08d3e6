#include "engine/log/format.h"

#include <cstring>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace hookswitch {

namespace {

constexpr char kMagic[4] = {'H', 'S', 'G', 'R'};
constexpr uint16_t kGroupHasBlobs = 1;
constexpr uint8_t kRecordIsBlob = 1;
constexpr uint8_t kRecordIsSealed = 2;
constexpr uint8_t kRecordIsErased = 4;

/// Writes one thing after another into memory that is known to be large enough.
class Writer {
 public:
  explicit Writer(char* at) : at_(at) {}
  char* at() const { return at_; }

  template <class T>
  void le(T value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }

  void bytes(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }

  void headers(const Headers& headers) {
    for (const auto& [name, value] : headers) {
      le(static_cast<uint16_t>(name.size()));
      le(static_cast<uint32_t>(value.size()));
      bytes(name);
      bytes(value);
    }
  }

 private:
  char* at_;
};

size_t header_block_bytes(const Headers& headers) {
  size_t bytes = 0;
  for (const auto& [name, value] : headers) bytes += 6 + name.size() + value.size();
  return bytes;
}

size_t table_end(uint32_t count) { return kGroupHeaderBytes + size_t{count} * 4; }

/// The header's first 48 bytes and the offsets; the checksum between them is left out.
uint64_t header_checksum(const char* group, uint64_t first_seq, uint32_t count) {
  const uint64_t fields = hash64({group, 48}, first_seq);
  return hash64({group + kGroupHeaderBytes, size_t{count} * 4}, fields);
}

constexpr size_t kTimeAt = 16;  // of a record

/// What follows the source.
void read_parts(ByteReader& in, uint8_t flags, uint32_t header_bytes, uint32_t body_bytes, RecordView& out) {
  const bool is_blob = (flags & kRecordIsBlob) != 0;
  if ((flags & kRecordIsSealed) == 0) {
    out.header_block = in.bytes(header_bytes);
    (is_blob ? out.blob : out.body) = in.bytes(body_bytes);
    return;
  }
  out.header_bytes = header_bytes;
  out.body_bytes = is_blob ? 0 : body_bytes;
  out.sealed = in.bytes(kSealBytes + size_t{out.header_bytes} + out.body_bytes);
  if (is_blob) out.blob = in.bytes(body_bytes);
}

void finish_record(char* at, uint64_t seq, const EncodedRecord& record) {
  std::memcpy(at, record.bytes.data(), record.bytes.size());
  Writer(at + kTimeAt).le(record.time_ms);
  Writer(at).le(hash64({at + 8, record.bytes.size() - 8}, seq));
}

}  // namespace

std::string encode_group_key(const GroupKey& key) {
  std::string out;
  put_be64(out, key.first);
  const uint32_t count = __builtin_bswap32(key.count);
  put_le(out, count);
  return out;
}

std::optional<GroupKey> decode_group_key(std::string_view bytes) {
  if (bytes.size() != 12) return std::nullopt;
  return GroupKey{get_be64(bytes.data()), __builtin_bswap32(get_le<uint32_t>(bytes.data() + 8))};
}

size_t encoded_bytes(const NewRecord& record, bool sealed) {
  const size_t body = record.blob.empty() ? record.body.size() : record.blob.size();
  return kRecordFixedBytes + record.source.size() + header_block_bytes(record.headers) + body +
         (sealed ? kSealBytes : 0);
}

void encode_record(char* out, const NewRecord& record, std::string_view sealed) {
  const std::string_view body = record.blob.empty() ? record.body : record.blob;
  uint8_t flags = record.blob.empty() ? 0 : kRecordIsBlob;
  if (!sealed.empty()) flags |= kRecordIsSealed;
  if (record.erased) flags |= kRecordIsErased;
  Writer to(out + 8);
  to.le(static_cast<uint32_t>(encoded_bytes(record, !sealed.empty())));
  to.le(static_cast<uint8_t>(record.kind));
  to.le(flags);
  to.le(static_cast<uint16_t>(record.source.size()));
  to.le(record.time_ms);
  to.le(record.key_hash);
  to.le(static_cast<uint32_t>(header_block_bytes(record.headers)));
  to.le(static_cast<uint32_t>(body.size()));
  to.le(record.blob_bytes);
  to.bytes(record.source);
  if (!sealed.empty()) {
    to.bytes(sealed);
    return to.bytes(record.blob);
  }
  to.headers(record.headers);
  to.bytes(body);
}

size_t group_bytes(std::span<const EncodedRecord> records) {
  size_t bytes = table_end(static_cast<uint32_t>(records.size()));
  for (const EncodedRecord& record : records) bytes += record.bytes.size();
  return bytes;
}

void encode_group(char* out, uint64_t first_seq, std::span<const EncodedRecord> records) {
  const auto count = static_cast<uint32_t>(records.size());
  ENSURE(count > 0, "a group without records");
  uint16_t flags = 0;
  size_t offset = table_end(count);
  Writer table(out + kGroupHeaderBytes);
  for (uint32_t i = 0; i < count; ++i) {
    finish_record(out + offset, first_seq + i, records[i]);
    table.le(static_cast<uint32_t>(offset));
    offset += records[i].bytes.size();
    if (!records[i].blob.empty()) flags |= kGroupHasBlobs;
  }
  Writer header(out);
  header.bytes({kMagic, sizeof kMagic});
  header.le(static_cast<uint16_t>(kFormatVersion));
  header.le(flags);
  header.le(first_seq);
  header.le(count);
  header.le(uint32_t{0});
  header.le(records.front().time_ms);
  header.le(records.back().time_ms);
  header.le(uint64_t{offset});
  header.le(header_checksum(out, first_seq, count));
}

GroupView::GroupView(const GroupKey& key, std::string_view value)
    : key_(key), value_(value), header_ok_(check_header()) {
  if (!header_ok_) find_records();
}

bool GroupView::check_header() const {
  if (value_.size() < table_end(key_.count)) return false;
  const char* at = value_.data();
  return std::memcmp(at, kMagic, sizeof kMagic) == 0 && get_le<uint16_t>(at + 4) == kFormatVersion &&
         get_le<uint64_t>(at + 8) == key_.first && get_le<uint32_t>(at + 16) == key_.count &&
         get_le<uint64_t>(at + 40) == value_.size() &&
         get_le<uint64_t>(at + 48) == header_checksum(at, key_.first, key_.count);
}

void GroupView::find_records() {
  size_t at = table_end(key_.count);
  while (found_.size() < key_.count && at + kRecordFixedBytes <= value_.size()) {
    found_.push_back(static_cast<uint32_t>(at));
    const uint32_t bytes = get_le<uint32_t>(value_.data() + at + 8);
    if (bytes < kRecordFixedBytes) return;
    at += bytes;
  }
}

std::optional<uint32_t> GroupView::offset(uint32_t index) const {
  if (header_ok_) return get_le<uint32_t>(value_.data() + kGroupHeaderBytes + size_t{index} * 4);
  if (index < found_.size()) return found_[index];
  return std::nullopt;
}

bool GroupView::has_blobs() const { return !header_ok_ || (get_le<uint16_t>(value_.data() + 6) & kGroupHasBlobs) != 0; }

std::optional<int64_t> GroupView::last_time_ms() const {
  if (header_ok_) return get_le<int64_t>(value_.data() + 32);
  for (auto i = static_cast<uint32_t>(found_.size()); i-- > 0;) {
    if (auto last = record(i)) return last->time_ms;
  }
  return std::nullopt;
}

Result<std::string_view> GroupView::record_bytes(uint32_t index) const {
  const uint64_t seq = key_.first + index;
  const auto start = offset(index);
  if (!start || *start + kRecordFixedBytes > value_.size()) {
    return fail(Code::corrupt, "read record {}: its group is damaged and its place is unknown", seq);
  }
  const std::string_view left = value_.substr(*start);
  const uint32_t bytes = get_le<uint32_t>(left.data() + 8);
  if (bytes < kRecordFixedBytes || bytes > left.size()) {
    return fail(Code::corrupt, "read record {}: found a size of {} bytes, expected {} to {}", seq, bytes,
                kRecordFixedBytes, left.size());
  }
  if (get_le<uint64_t>(left.data()) != hash64(left.substr(8, bytes - 8), seq)) {
    return fail(Code::corrupt, "read record {}: its {} bytes do not match their checksum", seq, bytes);
  }
  return left.substr(0, bytes);
}

Result<RecordView> GroupView::record(uint32_t index) const {
  const uint64_t seq = key_.first + index;
  const auto bytes = record_bytes(index);
  if (!bytes) return std::unexpected(bytes.error());
  ByteReader in(bytes->substr(12));
  RecordView out;
  out.seq = seq;
  out.kind = static_cast<RecordKind>(in.le<uint8_t>());
  const auto flags = in.le<uint8_t>();
  out.erased = (flags & kRecordIsErased) != 0;
  const auto source_bytes = in.le<uint16_t>();
  out.time_ms = in.le<int64_t>();
  out.key_hash = in.le<uint64_t>();
  const auto header_bytes = in.le<uint32_t>();
  const auto body_bytes = in.le<uint32_t>();
  out.blob_bytes = in.le<uint64_t>();
  out.source = in.bytes(source_bytes);
  read_parts(in, flags, header_bytes, body_bytes, out);
  if (!in.ok() || in.left() != 0) {
    return fail(Code::corrupt, "read record {}: the sizes of its parts do not add up to {} bytes", seq, bytes->size());
  }
  return out;
}

}  // namespace hookswitch
