// What records decode into, wherever their body was kept.
#include "engine/processor/decode.h"

#include <catch2/catch.hpp>

#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

std::string conversation(size_t summary_bytes) {
  return R"({"type":"post_call_transcription","event_timestamp":1766002500,"data":{"agent_id":"xyz",)"
         R"("conversation_id":"conv_1","status":"done","analysis":{"transcript_summary":")" +
         std::string(summary_bytes, 's') + R"("}}})";
}

Event decoded(const InProcess& engine, const RecordView& record) {
  auto events = engine.decoder().decode(record);
  if (!events) FAIL(events.error().message);
  REQUIRE(events->size() == 1);
  return std::move(events->front());
}

RecordView delivery() {
  RecordView record;
  record.seq = 7;
  record.kind = RecordKind::delivery;
  record.source = "elevenlabs";
  return record;
}

Event in_record(const InProcess& engine, const std::string& body) {
  RecordView record = delivery();
  record.body = body;
  return decoded(engine, record);
}

Event in_file(const InProcess& engine, const std::string& body) {
  auto writer = Blobs::open(engine.dir().path() + "/blobs").value()->create().value();
  REQUIRE(writer->write(body));
  const std::string name = writer->finish().value();
  RecordView record = delivery();
  record.blob = name;
  record.blob_bytes = body.size();
  return decoded(engine, record);
}

}  // namespace

TEST_CASE("a short body decodes into the same in a file of its own as in its record, however long its strings") {
  InProcess engine;
  const std::string body = conversation(200'000);
  const Event expected = in_record(engine, body), found = in_file(engine, body);
  CHECK(expected.raw.size() > 200'000);
  CHECK((found.raw == expected.raw));
  CHECK((found.data == expected.data));
}

TEST_CASE("of a body over what a record holds the long strings stay in its file") {
  InProcess engine;
  const Event found = in_file(engine, conversation(limits::kInlineBodyBytes));
  CHECK(found.raw.contains("hookswitch-blob:"));
  CHECK(found.raw.size() < 1'000);
}

}  // namespace hookswitch::test
