// Records sealed and opened, and what an erased one keeps. The layout is in format.h.
#include <cstring>

#include "engine/base/bytes.h"
#include "engine/log/format.h"

namespace hookswitch {
namespace {

std::string place_of(RecordKind kind, uint64_t key_hash, uint32_t header_bytes, uint32_t body_bytes,
                     uint64_t blob_bytes, std::string_view source, std::string_view blob) {
  std::string place = "record";
  place.reserve(place.size() + 29 + source.size() + blob.size());
  put_le(place, static_cast<uint8_t>(kind));
  put_le(place, key_hash);
  put_le(place, header_bytes);
  put_le(place, body_bytes);
  put_le(place, blob_bytes);
  put_sized(place, source);
  place += blob;
  return place;
}

// One thread seals one record at a time: its headers are written here first.
std::string_view header_block(const Headers& headers) {
  thread_local std::string block;
  block.clear();
  for (const auto& [name, value] : headers) {
    put_le(block, static_cast<uint16_t>(name.size()));
    put_le(block, static_cast<uint32_t>(value.size()));
    block.append(name).append(value);
  }
  return block;
}

}  // namespace

std::string record_place(const RecordView& record) {
  return place_of(record.kind, record.key_hash, record.header_bytes, record.body_bytes, record.blob_bytes,
                  record.source, record.blob);
}

Status seal_record(const Keys& keys, const NewRecord& record, std::string& out) {
  const std::string_view block = header_block(record.headers);
  const std::string place =
      place_of(record.kind, record.key_hash, static_cast<uint32_t>(block.size()),
               static_cast<uint32_t>(record.body.size()), record.blob_bytes, record.source, record.blob);
  out.resize(block.size() + record.body.size() + kSealBytes);
  return keys.seal(place, {block, record.body}, out.data());
}

NewRecord erased_record(const RecordView& record) {
  NewRecord left;
  left.kind = record.kind;
  left.time_ms = record.time_ms;
  left.source = std::string(record.source);
  left.erased = true;
  return left;
}

Result<RecordView> open_record(const Keys* keys, const RecordView& record, std::string& buffer) {
  if (record.sealed.empty()) return record;
  if (keys == nullptr) {
    return fail(Code::denied, "open record {}: it is sealed with the key {}, and the configuration has none",
                record.seq, key_name(key_id_of(record.sealed)));
  }
  buffer.resize(record.sealed.size() - kSealBytes);
  if (auto opened = keys->open(record_place(record), record.sealed, buffer.data()); !opened)
    return wrap(opened.error(), fmt::format("open record {}", record.seq));
  RecordView out = record;
  out.sealed = {};
  out.header_block = std::string_view(buffer).substr(0, record.header_bytes);
  out.body = std::string_view(buffer).substr(record.header_bytes, record.body_bytes);
  return out;
}

}  // namespace hookswitch
