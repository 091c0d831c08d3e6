#include "engine/state/transcripts.h"

#include <string>
#include <tuple>

#include "engine/base/bytes.h"

namespace hookswitch {

std::optional<Transcript> find_transcript(const Reader& reader, std::string_view call_id) {
  auto row = reader.get(Table::transcripts, call_id);
  if (!row) return std::nullopt;
  ByteReader in(*row);
  Transcript found;
  found.stamp.authority = in.le<uint8_t>();
  found.stamp.time_ms = in.le<int64_t>();
  found.stamp.tie = in.le<uint64_t>();
  found.json = in.bytes(in.left());
  return found;
}

bool merge_transcript(Writer& writer, std::string_view call_id, const Transcript& transcript) {
  auto old = find_transcript(writer, call_id);
  if (old && std::tie(transcript.stamp, transcript.json) <= std::tie(old->stamp, old->json)) return false;
  std::string row;
  row.reserve(17 + transcript.json.size());
  put_le(row, transcript.stamp.authority);
  put_le(row, transcript.stamp.time_ms);
  put_le(row, transcript.stamp.tie);
  row += transcript.json;
  writer.put(Table::transcripts, call_id, row);
  return true;
}

void remove_transcript(Writer& writer, std::string_view call_id) { writer.del(Table::transcripts, call_id); }

void move_transcript(Writer& writer, std::string_view from, std::string_view to) {
  auto old = find_transcript(writer, from);
  if (!old) return;
  std::string json(old->json);  // the view dies with the first change
  merge_transcript(writer, to, {old->stamp, json});
  remove_transcript(writer, from);
}

}  // namespace hookswitch
