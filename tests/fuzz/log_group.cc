// Groups of the log: any bytes are read or refused, and what is written is read back.
#include <list>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/log/format.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {
namespace {

const Keys& keys() {
  static const std::shared_ptr<const Keys> made = Keys::make(std::string(kKeyBytes, 'k')).value();
  return *made;
}

void use(const RecordView& record) {
  size_t bytes = 0;
  for (const auto& [name, value] : record.headers()) bytes += name.size() + value.size();
  ENSURE(bytes <= record.header_block.size(), "headers of {} bytes", bytes);
  record.header(":name");
  hash64(record.source, hash64(record.body, hash64(record.blob)));
  (void)name(record.kind);
}

void read_group(const GroupKey& key, std::string_view value) {
  GroupView group(key, value);
  group.has_blobs();
  group.last_time_ms();
  for (uint32_t i = 0; i < std::min(key.count, 64U); ++i) {
    auto record = group.record(i);
    if (!record) {
      ENSURE(record.error().code == Code::corrupt, "{}", record.error().message);
      continue;
    }
    ENSURE(group.record_bytes(i).has_value(), "a record without bytes");
    use(*record);
    erased_record(*record);
    std::string buffer;
    if (auto opened = open_record(&keys(), *record, buffer)) use(*opened);
  }
}

void put(std::string& bytes, size_t at, auto value) {
  if (at + sizeof value <= bytes.size()) std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// Sets everything that must agree with the rest, checksums too: what is left is what a clever forger could write.
void agree(const GroupKey& key, std::string& group) {
  put(group, 0, std::array{'H', 'S', 'G', 'R'});
  put(group, 4, static_cast<uint16_t>(kFormatVersion));
  put(group, 8, key.first);
  put(group, 16, key.count);
  put(group, 40, uint64_t{group.size()});
  const size_t table = kGroupHeaderBytes + size_t{key.count} * 4;
  if (group.size() < table) return;
  for (uint32_t i = 0; i < key.count; ++i) {
    const auto at = get_le<uint32_t>(group.data() + kGroupHeaderBytes + size_t{i} * 4);
    if (at < table || at + kRecordFixedBytes > group.size()) continue;
    const auto bytes = get_le<uint32_t>(group.data() + at + 8);
    if (bytes < 8 || bytes > group.size() - at) continue;
    put(group, at, hash64(std::string_view(group).substr(at + 8, bytes - 8), key.first + i));
  }
  const uint64_t fields = hash64(std::string_view(group).substr(0, 48), key.first);
  put(group, 48, hash64(std::string_view(group).substr(kGroupHeaderBytes, size_t{key.count} * 4), fields));
}

NewRecord record_of(Input& in) {
  NewRecord out;
  const uint8_t flags = in.byte();
  out.kind = static_cast<RecordKind>(1 + flags % 6);
  out.time_ms = static_cast<int64_t>(in.number());
  out.key_hash = in.byte();
  out.source = in.line().substr(0, 64);
  for (int i = in.byte() % 4; i > 0; --i) {
    std::string name(in.line());
    out.headers.emplace_back(std::move(name), in.line());
  }
  if ((flags & 0x80) != 0) {
    out.blob = sha256_hex(in.line());
    out.blob_bytes = in.number();
  } else {
    out.body = in.line();
  }
  return out;
}

void check_same(const NewRecord& written, const RecordView& read) {
  ENSURE(read.kind == written.kind && read.time_ms == written.time_ms && read.key_hash == written.key_hash, "fixed");
  ENSURE(read.source == written.source && read.body == written.body && read.blob == written.blob, "texts");
  ENSURE(read.blob_bytes == written.blob_bytes && read.headers() == written.headers, "headers");
}

void write_and_read(Input in) {
  std::list<std::string> bytes;
  std::vector<NewRecord> records;
  std::vector<EncodedRecord> encoded;
  const bool sealed = (in.byte() & 1) != 0;
  while (!in.empty() && records.size() < 16) {
    const NewRecord& record = records.emplace_back(record_of(in));
    std::string box;
    if (sealed) ENSURE(seal_record(keys(), record, box), "seal");
    std::string& place = bytes.emplace_back(encoded_bytes(record, sealed), '?');
    encode_record(place.data(), record, box);
    encoded.push_back({place, record.time_ms, record.blob});
  }
  if (records.empty()) return;
  std::string group(group_bytes(encoded), '?');
  encode_group(group.data(), 7, encoded);
  GroupView view({7, static_cast<uint32_t>(records.size())}, group);
  ENSURE(view.header_ok(), "the header");
  for (uint32_t i = 0; i < records.size(); ++i) {
    std::string buffer;
    auto read = view.record(i);
    ENSURE(read, "{}", read.error().message);
    auto opened = open_record(&keys(), *read, buffer);
    ENSURE(opened, "{}", opened.error().message);
    check_same(records[i], *opened);
  }
}

}  // namespace

// The first byte says what it is: a header block, a group as it lies there, one whose checksums are right, or records
// to be written and read. Behind it, for groups, the key: eight bytes and one.
void try_input(std::string_view input) {
  Input in(input);
  const uint8_t what = in.byte() % 4;
  if (what == 0) {
    RecordView record;
    record.header_block = in.rest();
    return use(record);
  }
  if (what == 3) return write_and_read(in);
  GroupKey key;
  key.first = in.number();
  key.count = in.byte();
  std::string group(in.rest());
  if (what == 2) agree(key, group);
  read_group(key, group);
}

}  // namespace hookswitch::fuzz
