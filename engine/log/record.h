// One entry of the log: something that happened, as it arrived. Everything that changes anything is a record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookswitch {

enum class RecordKind : uint8_t {
  delivery = 1,  // a webhook as received
  command = 2,   // a change asked for through the API or the command line
  timer = 3,     // a timer that came due
  result = 4,    // the outcome of an action
  frame = 5,     // a frame of a live session
  import = 6,    // an item found by sync
};

const char* name(RecordKind kind);

/// Names and values that travel with a record. A delivery keeps the HTTP headers that matter, lower case, and these:
///   ":path" as requested, without the query     ":query" raw, without '?'     ":kind" what follows the source, or ""
/// A timer keeps ":name" and ":key"; a command ":name" and ":by".
using Headers = std::vector<std::pair<std::string, std::string>>;

/// A record to be appended. The log gives it its sequence and its time, which does not go back but with the clock
/// (arrival.h).
struct NewRecord {
  RecordKind kind = RecordKind::delivery;
  int64_t time_ms = 0;    // arrival
  uint64_t key_hash = 0;  // hash64 of the ordering key where verify knew it, else 0
  std::string source;     // configured source, or "" for the engine's own
  Headers headers;
  std::string body;         // the raw bytes; empty when blob is set
  std::string blob;         // SHA-256 (hex) of a body that lies in data/blobs; else ""
  uint64_t blob_bytes = 0;  // its size
  bool erased = false;      // only of what Log::redact() leaves
};

/// A record as read. Everything points into the log's memory and dies when the read callback returns.
struct RecordView {
  uint64_t seq = 0;  // 1, 2, 3 ... without gaps
  RecordKind kind = RecordKind::delivery;
  int64_t time_ms = 0;
  uint64_t key_hash = 0;
  std::string_view source;
  std::string_view header_block;  // encoded headers: see header() and headers()
  std::string_view body;          // empty when blob is set
  std::string_view blob;          // SHA-256 (hex) of the body in data/blobs, or ""
  uint64_t blob_bytes = 0;
  bool erased = false;  // what it said was erased: no headers, no body, no blob

  // Only as it lies on disk, for open_record(): what Log shows is open.
  std::string_view sealed;    // header block and body (without a blob's name), sealed; "" when they are not
  uint32_t header_bytes = 0;  // of the sealed header block
  uint32_t body_bytes = 0;    // of the sealed body

  /// One header's value, or "" when it is absent.
  std::string_view header(std::string_view name) const;
  Headers headers() const;
};

/// The encoding of header_block: for each header u16 name size, u32 value size, name, value.
std::string encode_headers(const Headers& headers);

}  // namespace hookswitch
