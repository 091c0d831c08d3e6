#include "engine/recordings/told_audio.h"

#include <algorithm>
#include <charconv>

#include "engine/base/json.h"
#include "engine/recordings/audio_sink.h"
#include "engine/recordings/audio_type.h"
#include "engine/recordings/base64_stream.h"
#include "engine/state/json_rows.h"

namespace hookswitch {
namespace {

constexpr size_t kPieceBytes = 64 * limits::kKiB;
constexpr std::string_view kInBlob = "hookswitch-blob:";

/// Where the base64 is: here, or in a blob from `offset` on.
struct Written {
  std::string source, format, text, blob;
  uint64_t offset = 0, length = 0;
};

uint64_t number_after(std::string_view text, std::string_view name) {
  size_t at = text.find(name);
  uint64_t value = 0;
  if (at != std::string_view::npos) std::from_chars(text.data() + at + name.size(), text.data() + text.size(), value);
  return value;
}

// See processor/large_body.h for how a long string of a large body is referred to.
void refer(Written& written) {
  std::string_view text = written.text;
  if (!text.starts_with(kInBlob)) return;
  text.remove_prefix(kInBlob.size());
  written.blob = text.substr(0, text.find(';'));
  written.offset = number_after(text, ";offset=");
  written.length = number_after(text, ";length=");
}

Result<Written> written_in(const RecordView& record, const Decoder& decoder, uint32_t index) {
  auto events = decoder.decode(record);
  if (!events) return std::unexpected(events.error());
  if (index >= events->size()) return fail(Code::invalid, "audio of record {}: found no such event", record.seq);
  const Event& event = (*events)[index];
  Json audio = parse_json(event.data).value("audio", Json::object());
  Json raw = parse_json(event.raw);
  Json::json_pointer pointer(json_text(audio, "pointer"));
  if (!raw.is_object() || !raw.contains(pointer) || !raw[pointer].is_string())
    return fail(Code::invalid, "audio of record {}: found none where the provider says it is", record.seq);
  Written out{.source = event.source, .format = json_text(audio, "format"), .text = raw[pointer].get<std::string>()};
  refer(out);
  return out;
}

Status decode_into(AudioSink& sink, Base64Stream& base64, std::string_view piece) {
  auto bytes = base64.feed(piece);
  if (!bytes) return std::unexpected(bytes.error());
  if (sink.take(*bytes)) return {};
  if (sink.too_large()) return fail(Code::invalid, "audio: found more than {} bytes", limits::kRecordingBytes);
  return fail(Code::unavailable, "{}", sink.disk_error());
}

Status copy_from_blob(AudioSink& sink, Base64Stream& base64, const Blobs& blobs, const Written& written) {
  auto reader = blobs.open_reader(written.blob);
  if (!reader) return std::unexpected(reader.error());
  for (uint64_t done = 0; done < written.length;) {
    auto piece = (*reader)->read(written.offset + done, std::min<uint64_t>(kPieceBytes, written.length - done));
    if (!piece) return std::unexpected(piece.error());
    if (piece->empty()) return fail(Code::invalid, "audio: its blob ends in the middle of it");
    if (auto taken = decode_into(sink, base64, *piece); !taken) return taken;
    done += piece->size();
  }
  return {};
}

}  // namespace

Result<ToldAudio> take_told_audio(const Log& log, const Decoder& decoder, Blobs& blobs, uint64_t seq, uint32_t index) {
  Result<Written> written = fail(Code::not_found, "audio of record {}: the log does not have it any more", seq);
  auto read = log.read(seq, 1, [&](const RecordView& record) {
    if (record.seq == seq) written = written_in(record, decoder, index);
    return false;
  });
  if (!read) return std::unexpected(read.error());
  if (!written) return std::unexpected(written.error());
  auto blob = blobs.create();
  if (!blob) return std::unexpected(blob.error());
  AudioSink sink(std::move(*blob));
  Base64Stream base64;
  auto copied =
      written->blob.empty() ? decode_into(sink, base64, written->text) : copy_from_blob(sink, base64, blobs, *written);
  if (copied) copied = base64.finish();
  if (!copied) return std::unexpected(copied.error());
  auto type = audio_type(written->format.empty() ? "" : "audio/" + written->format, sink.head());
  if (!type || sink.bytes() == 0) return fail(Code::invalid, "audio of record {}: what it holds is no audio", seq);
  auto name = sink.finish();
  if (!name) return std::unexpected(name.error());
  return ToldAudio{written->source, std::move(*name), std::move(*type), sink.bytes()};
}

}  // namespace hookswitch
