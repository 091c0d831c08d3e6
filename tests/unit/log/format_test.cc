#include <catch2/catch.hpp>

#include <list>

#include "engine/log/format.h"

using namespace hookswitch;

namespace {

NewRecord full_record() {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = -5;
  record.key_hash = 0xfedcba9876543210;
  record.source = "elevenlabs";
  record.headers = {{":path", "/hooks/a"}, {"empty", ""}, {":path", "second"}};
  record.body = std::string("a\0b", 3);
  return record;
}

std::string encode(const std::vector<NewRecord>& records, uint64_t first) {
  std::list<std::string> bytes;
  std::vector<EncodedRecord> encoded;
  for (const auto& record : records) {
    encode_record(bytes.emplace_back(encoded_bytes(record), '?').data(), record);
    encoded.push_back({bytes.back(), record.time_ms, record.blob});
  }
  std::string out(group_bytes(encoded), '?');
  encode_group(out.data(), first, encoded);
  return out;
}

}  // namespace

TEST_CASE("a record comes back as it was, with every field") {
  NewRecord blob;
  blob.blob = std::string(64, 'a');
  blob.blob_bytes = 1ULL << 40;
  const std::string bytes = encode({full_record(), blob, NewRecord()}, 7);
  const GroupView group({7, 3}, bytes);
  REQUIRE(group.header_ok());
  CHECK(group.has_blobs());
  const auto first = group.record(0).value();
  CHECK(first.seq == 7);
  CHECK(first.kind == RecordKind::command);
  CHECK(first.time_ms == -5);
  CHECK(first.key_hash == 0xfedcba9876543210);
  CHECK(first.source == "elevenlabs");
  CHECK(first.body == full_record().body);
  CHECK(first.headers() == full_record().headers);
  CHECK(first.header_block == encode_headers(full_record().headers));
  CHECK(first.header(":path") == "/hooks/a");
  CHECK(first.header("absent") == "");
  const auto second = group.record(1).value();
  CHECK(second.blob == blob.blob);
  CHECK(second.body == "");
  CHECK(second.blob_bytes == 1ULL << 40);
  CHECK(group.record(2).value().body == "");
}

TEST_CASE("the layout is the documented one") {
  NewRecord record;
  record.source = "s";
  record.body = "body";
  record.time_ms = 258;
  const std::string bytes = encode({record}, 3);
  REQUIRE(bytes.size() == 56 + 4 + 48 + 1 + 4);
  CHECK(bytes.substr(0, 8) == std::string("HSGR\1\0\0\0", 8));
  CHECK(bytes.substr(8, 8) == std::string("\3\0\0\0\0\0\0\0", 8));
  CHECK(bytes.substr(16, 8) == std::string("\1\0\0\0\0\0\0\0", 8));
  CHECK(bytes.substr(24, 8) == std::string("\2\1\0\0\0\0\0\0", 8));
  CHECK(bytes.substr(40, 8) == std::string("\x71\0\0\0\0\0\0\0", 8));
  CHECK(bytes.substr(56, 4) == std::string("\x3c\0\0\0", 4));
  CHECK(bytes.substr(68, 8) == std::string("\x35\0\0\0\1\0\1\0", 8));
  CHECK(bytes.substr(108) == "sbody");
  CHECK(encode_group_key({1, 2}) == std::string("\0\0\0\0\0\0\0\1\0\0\0\2", 12));
}

TEST_CASE("a flipped bit anywhere costs at most the record it is in") {
  const std::string good = encode({full_record(), full_record(), full_record()}, 7);
  const size_t records_at = 56 + 3 * 4;
  const size_t record_bytes = encoded_bytes(full_record());
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] ^= 0x10;
    const GroupView group({7, 3}, bad);
    INFO("byte " << at);
    CHECK(group.header_ok() == (at >= records_at));
    for (uint32_t i = 0; i < 3; ++i) {
      const size_t start = records_at + i * record_bytes;
      const bool hit = at >= start && at < start + record_bytes;
      CHECK(group.record(i).has_value() == !hit);
    }
  }
}

TEST_CASE("a group cut short is read as far as it goes, without a look beyond its end") {
  const std::string good = encode({full_record(), full_record()}, 1);
  for (size_t size = 0; size < good.size(); ++size) {
    const std::string cut = good.substr(0, size);
    const GroupView group({1, 2}, cut);
    CHECK_FALSE(group.header_ok());
    CHECK_FALSE(group.record(1).has_value());
    CHECK(group.record(0).has_value() == (size >= good.size() - encoded_bytes(full_record())));
  }
}

TEST_CASE("a record in another record's place does not pass") {
  const std::string bytes = encode({full_record()}, 7);
  const GroupView group({8, 1}, bytes);
  CHECK(group.record(0).error().code == Code::corrupt);
}
