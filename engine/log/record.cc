#include "engine/log/record.h"

#include "engine/base/bytes.h"

namespace hookswitch {

const char* name(RecordKind kind) {
  switch (kind) {
    case RecordKind::delivery:
      return "delivery";
    case RecordKind::command:
      return "command";
    case RecordKind::timer:
      return "timer";
    case RecordKind::result:
      return "result";
    case RecordKind::frame:
      return "frame";
    case RecordKind::import:
      return "import";
  }
  return "unknown";
}

namespace {

/// Calls fn(name, value) for each header until it returns false.
template <class Fn>
void each_header(std::string_view block, Fn fn) {
  ByteReader in(block);
  while (in.left() > 0) {
    const auto name_bytes = in.le<uint16_t>();
    const auto value_bytes = in.le<uint32_t>();
    const std::string_view name = in.bytes(name_bytes);
    const std::string_view value = in.bytes(value_bytes);
    if (!in.ok() || !fn(name, value)) return;
  }
}

}  // namespace

std::string_view RecordView::header(std::string_view name) const {
  std::string_view found;
  each_header(header_block, [&](std::string_view at, std::string_view value) {
    if (at != name) return true;
    found = value;
    return false;
  });
  return found;
}

Headers RecordView::headers() const {
  Headers out;
  each_header(header_block, [&](std::string_view name, std::string_view value) {
    out.emplace_back(name, value);
    return true;
  });
  return out;
}

std::string encode_headers(const Headers& headers) {
  std::string out;
  for (const auto& [name, value] : headers) {
    put_le<uint16_t>(out, static_cast<uint16_t>(name.size()));
    put_le<uint32_t>(out, static_cast<uint32_t>(value.size()));
    out.append(name).append(value);
  }
  return out;
}

}  // namespace hookswitch
