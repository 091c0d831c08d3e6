#include "engine/log/kept_record.h"

#include <array>

namespace hookswitch {

KeptRecord::KeptRecord(const RecordView& record) { keep(record); }

KeptRecord::KeptRecord(const NewRecord& record, uint64_t seq) {
  std::string headers = encode_headers(record.headers);
  RecordView view;
  view.seq = seq;
  view.kind = record.kind;
  view.time_ms = record.time_ms;
  view.key_hash = record.key_hash;
  view.source = record.source;
  view.header_block = headers;
  view.body = record.body;
  view.blob = record.blob;
  view.blob_bytes = record.blob_bytes;
  keep(view);
}

void KeptRecord::keep(const RecordView& record) {
  view_ = record;
  std::array<std::string_view*, 4> parts{&view_.source, &view_.header_block, &view_.body, &view_.blob};
  size_t total = 0;
  for (const std::string_view* part : parts) total += part->size();
  bytes_.reserve(total);
  for (std::string_view* part : parts) {
    const char* at = bytes_.data() + bytes_.size();
    bytes_.insert(bytes_.end(), part->begin(), part->end());
    *part = {at, part->size()};
  }
}

}  // namespace hookswitch
