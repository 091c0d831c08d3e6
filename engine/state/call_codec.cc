// A call's row, so that decode(encode(call)) == call:
//
//   u8      version: 2
//   u8      number of different stamps, then each: u8 authority, i64 time, u64 tie
//   u8      number of fields, then each: u8 field, u8 stamp, u8 type, value (see put_value)
//   3 maps  variables, metadata: u32 count, then each: key, JSON (u32 size and bytes), u8 stamp
//           external ids: u32 count, then each: kind, value (u32 size and bytes)
//   words   of rules for whole calls: u32 number of rules, then each: name (u32 size and bytes); u8 number of fields,
//           each: u8 field, u8 type, value; variables and metadata, each: u32 count, then each: key, JSON (u32 size and
//           bytes)
//
// One event sets many fields, so stamps are written once and named by number. A call touched by more than 254 different
// events writes the rest of its stamps in place, after the number 255.
#include "engine/base/bytes.h"
#include "engine/state/call.h"

namespace hookswitch {
namespace {

constexpr uint8_t kCallVersion = 2;
constexpr size_t kStampsMax = 254;
constexpr uint8_t kInPlace = 255;

constexpr size_t kStampBytes = 17;
constexpr size_t kFieldBytes = 3 + kStampBytes + sizeof(int64_t);  // at most, without its text

// Writes into room that was reckoned before: a row has a hundred small parts.
class RowBytes {
 public:
  explicit RowBytes(size_t at_most) : bytes_(at_most, '\0'), at_(bytes_.data()) {}

  template <class T>
  void le(T value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  void sized(std::string_view text) {
    le(static_cast<uint32_t>(text.size()));
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void stamp(const Stamp& stamp) {
    le(stamp.authority);
    le(stamp.time_ms);
    le(stamp.tie);
  }
  std::string take() {
    bytes_.resize(static_cast<size_t>(at_ - bytes_.data()));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
  char* at_;
};

Stamp read_stamp(ByteReader& in) {
  Stamp stamp;
  stamp.authority = in.le<uint8_t>();
  stamp.time_ms = in.le<int64_t>();
  stamp.tie = in.le<uint64_t>();
  return stamp;
}

// The different stamps of a call, in the order of their first use.
class StampTable {
 public:
  void add(const Stamp& stamp) {
    if (find(stamp) == count_ && count_ < kStampsMax) stamps_[count_++] = stamp;
  }

  size_t bytes() const { return 1 + count_ * kStampBytes; }

  void put_all(RowBytes& out) const {
    out.le(static_cast<uint8_t>(count_));
    for (size_t i = 0; i < count_; ++i) out.stamp(stamps_[i]);
  }

  void put(RowBytes& out, const Stamp& stamp) const {
    size_t at = find(stamp);
    out.le(at < count_ ? static_cast<uint8_t>(at) : kInPlace);
    if (at == count_) out.stamp(stamp);
  }

  void read_all(ByteReader& in) {
    count_ = in.le<uint8_t>();
    for (size_t i = 0; i < count_; ++i) stamps_[i] = read_stamp(in);
  }

  Stamp read(ByteReader& in) const {
    size_t at = in.le<uint8_t>();
    if (at == kInPlace) return read_stamp(in);
    return at < count_ ? stamps_[at] : (in.bytes(SIZE_MAX), Stamp{});
  }

 private:
  size_t find(const Stamp& stamp) const {
    size_t at = 0;
    while (at < count_ && stamps_[at] != stamp) ++at;
    return at;
  }

  std::array<Stamp, 256> stamps_;
  size_t count_ = 0;
};

void put_value(RowBytes& out, const FieldValue& value) {
  out.le(static_cast<uint8_t>(value.index()));
  if (auto* text = std::get_if<std::string>(&value)) out.sized(*text);
  if (auto* whole = std::get_if<int64_t>(&value)) out.le(*whole);
  if (auto* number = std::get_if<double>(&value)) out.le(*number);
  if (auto* truth = std::get_if<bool>(&value)) out.le<uint8_t>(*truth ? 1 : 0);
}

FieldValue read_value(ByteReader& in) {
  switch (in.le<uint8_t>()) {
    case 0:
      return {};
    case 1:
      return std::string(in.sized());
    case 2:
      return in.le<int64_t>();
    case 3:
      return in.le<double>();
    case 4:
      return in.le<uint8_t>() != 0;
  }
  in.bytes(SIZE_MAX);  // more than there is: the reader refuses everything from here on
  return {};
}

// The alternative of FieldValue that a field of this type may hold; 0, unknown, is always allowed.
bool fits(FieldType type, const FieldValue& value) {
  constexpr std::array<size_t, 5> kAlternative{1, 2, 3, 4, 2};
  return value.index() == 0 || value.index() == kAlternative[static_cast<size_t>(type)];
}

Status check_type(size_t field, const FieldValue& value) {
  if (fits(call_fields()[field].type, value)) return {};
  return fail(Code::corrupt, "read a call's row: field {} holds another type", call_fields()[field].name);
}

using TextMap = std::map<std::string, std::string, std::less<>>;

size_t map_bytes(const TextMap& map) {
  size_t bytes = sizeof(uint32_t);
  for (const auto& [key, value] : map) bytes += key.size() + value.size() + 2 * sizeof(uint32_t);
  return bytes;
}

void put_map(RowBytes& out, const TextMap& map) {
  out.le(static_cast<uint32_t>(map.size()));
  for (const auto& [key, value] : map) {
    out.sized(key);
    out.sized(value);
  }
}

void read_map(ByteReader& in, TextMap& map) {
  uint32_t count = in.le<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    std::string key(in.sized());
    map.emplace_hint(map.end(), std::move(key), in.sized());
  }
}

size_t words_bytes(const std::vector<Said>& words) {
  size_t bytes = sizeof(uint32_t);
  for (const Said& said : words) {
    bytes += said.rule.size() + sizeof(uint32_t) + 1 + map_bytes(said.variables) + map_bytes(said.metadata);
    for (const auto& [field, value] : said.fields) {
      bytes += kFieldBytes;
      if (auto* text = std::get_if<std::string>(&value)) bytes += text->size();
    }
  }
  return bytes;
}

void put_words(RowBytes& out, const std::vector<Said>& words) {
  out.le(static_cast<uint32_t>(words.size()));
  for (const Said& said : words) {
    out.sized(said.rule);
    out.le(static_cast<uint8_t>(said.fields.size()));
    for (const auto& [field, value] : said.fields) {
      out.le(static_cast<uint8_t>(field));
      put_value(out, value);
    }
    put_map(out, said.variables);
    put_map(out, said.metadata);
  }
}

size_t map_bytes(const Call::Map& map) {
  size_t bytes = sizeof(uint32_t);
  for (const auto& [key, entry] : map) bytes += key.size() + entry.json.size() + 2 * sizeof(uint32_t) + 1 + kStampBytes;
  return bytes;
}

void put_map(RowBytes& out, const Call::Map& map, const StampTable& stamps) {
  out.le(static_cast<uint32_t>(map.size()));
  for (const auto& [key, entry] : map) {
    out.sized(key);
    out.sized(entry.json);
    stamps.put(out, entry.stamp);
  }
}

void read_map(ByteReader& in, Call::Map& map, const StampTable& stamps) {
  uint32_t count = in.le<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    std::string key(in.sized());
    std::string json(in.sized());
    map.emplace_hint(map.end(), std::move(key), Call::Entry{std::move(json), stamps.read(in)});
  }
}

Status read_said_fields(ByteReader& in, Said& said) {
  size_t fields = in.le<uint8_t>();
  for (size_t i = 0; i < fields && in.ok(); ++i) {
    size_t field = in.le<uint8_t>();
    if (field >= kCallFields) return fail(Code::corrupt, "read a call's row: found a word about field {}", field);
    FieldValue value = read_value(in);
    if (auto fit = check_type(field, value); !fit) return fit;
    said.fields.emplace_hint(said.fields.end(), static_cast<CallField>(field), std::move(value));
  }
  return {};
}

Result<std::vector<Said>> read_words(ByteReader& in) {
  std::vector<Said> words;
  uint32_t rules = in.le<uint32_t>();
  for (uint32_t i = 0; i < rules && in.ok(); ++i) {
    Said& said = words.emplace_back();
    said.rule = in.sized();
    if (auto read = read_said_fields(in, said); !read) return std::unexpected(read.error());
    read_map(in, said.variables);
    read_map(in, said.metadata);
  }
  return words;
}

}  // namespace

std::string Call::encode() const {
  StampTable stamps;
  uint8_t fields = 0;
  size_t bytes = 2 + map_bytes(variables_) + map_bytes(metadata_);
  auto kept = [&](size_t i) { return values_[i].index() != 0 || stamps_[i] != Stamp{}; };
  for (size_t i = 0; i < kCallFields; ++i) {
    if (!kept(i)) continue;
    stamps.add(stamps_[i]);
    if (auto* text = std::get_if<std::string>(&values_[i])) bytes += text->size();
    bytes += kFieldBytes;
    ++fields;
  }
  for (const auto& [key, entry] : variables_) stamps.add(entry.stamp);
  for (const auto& [key, entry] : metadata_) stamps.add(entry.stamp);
  bytes += map_bytes(external_ids_) + words_bytes(said_);
  RowBytes out(bytes + stamps.bytes());
  out.le(kCallVersion);
  stamps.put_all(out);
  out.le(fields);
  for (size_t i = 0; i < kCallFields; ++i) {
    if (!kept(i)) continue;
    out.le(static_cast<uint8_t>(i));
    stamps.put(out, stamps_[i]);
    put_value(out, values_[i]);
  }
  put_map(out, variables_, stamps);
  put_map(out, metadata_, stamps);
  put_map(out, external_ids_);
  put_words(out, said_);
  return out.take();
}

Result<Call> Call::decode(std::string_view bytes) {
  ByteReader in(bytes);
  auto version = in.le<uint8_t>();
  if (version != kCallVersion) {
    return fail(Code::corrupt, "read a call's row: found version {}, expected {}", version, kCallVersion);
  }
  Call call;
  StampTable stamps;
  stamps.read_all(in);
  size_t fields = in.le<uint8_t>();
  for (size_t i = 0; i < fields && in.ok(); ++i) {
    size_t field = in.le<uint8_t>();
    if (field >= kCallFields) return fail(Code::corrupt, "read a call's row: found field {}", field);
    call.stamps_[field] = stamps.read(in);
    call.values_[field] = read_value(in);
    if (auto fit = check_type(field, call.values_[field]); !fit) return std::unexpected(fit.error());
  }
  read_map(in, call.variables_, stamps);
  read_map(in, call.metadata_, stamps);
  read_map(in, call.external_ids_);
  auto words = read_words(in);
  if (!words) return std::unexpected(words.error());
  call.said_ = std::move(*words);
  if (!in.ok() || in.left() != 0) {
    return fail(Code::corrupt, "read a call's row of {} bytes: it is cut short or too long", bytes.size());
  }
  return call;
}

}  // namespace hookswitch
