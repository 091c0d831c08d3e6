// A record is a person's where a number stands that reads as theirs in the country of whose record it is.
#include "engine/processor/person_records.h"

#include <catch2/catch.hpp>

#include "engine/state/calls.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

constexpr const char* kPhone = "+40722987654";

class Office {
 public:
  bool has(RecordKind kind, const std::string& body) {
    auto reader = engine_.store().read();
    return records(**reader).have(record(kind, body));
  }
  std::vector<std::string> calls(const std::string& body) {
    auto reader = engine_.store().read();
    return records(**reader).call_ids_of(record(RecordKind::delivery, body));
  }
  void put_call(const char* id, const char* conversation, const char* from) {
    REQUIRE(engine_.store().write([&](Writer& writer) -> Status {
      Call call;
      call.set(CallField::id, std::string(id));
      call.set(CallField::from, std::string(from));
      link_call(writer, "conversation_id", conversation, id);
      return hookswitch::put_call(writer, call);
    }));
  }

 private:
  static RecordView record(RecordKind kind, const std::string& body) {
    RecordView out;
    out.seq = 7;
    out.kind = kind;
    if (kind == RecordKind::delivery) out.source = "elevenlabs";
    out.body = body;
    return out;
  }
  PersonRecords records(const Reader& reader) {
    return {reader, engine_.directory(), engine_.decoder(), *blobs_, kPhone};
  }

  InProcess engine_;
  std::unique_ptr<Blobs> blobs_ = std::move(*Blobs::open(engine_.dir().path() + "/blobs"));
};

std::string conversation(const std::string& number, const std::string& agent = "xyz",
                         const std::string& said = "Hello") {
  return R"({"type":"post_call_transcription","event_timestamp":1766002500,"data":{"agent_id":")" + agent +
         R"(","conversation_id":"conv_1","status":"done","transcript":[{"role":"user","message":")" + said +
         R"(","time_in_call_secs":1}],"metadata":{"start_time_unix_secs":1766002400,)"
         R"("phone_call":{"type":"twilio","direction":"inbound","agent_number":"+40210000000","external_number":")" +
         number + R"("}}}})";
}

}  // namespace

TEST_CASE("a delivery is theirs by its caller, and not by what was said in it", "[erasure]") {
  Office office;
  CHECK(office.has(RecordKind::delivery, conversation("0722987654")));
  CHECK(office.has(RecordKind::delivery, conversation("722987654")));
  CHECK(office.has(RecordKind::delivery, conversation("0722987654", "nobodys")));
  CHECK_FALSE(office.has(RecordKind::delivery, conversation("0722987655", "xyz", "0722987654")));
  CHECK_FALSE(office.has(RecordKind::delivery, "0722987654"));
}

TEST_CASE("a command is theirs by the numbers it asks for, read in the country of whose it is", "[erasure]") {
  Office office;
  for (const char* body : {R"({"tenant":"B1/L1","phone":"0722 987 654"})",
                           R"({"params":{"to":"0722987654","agent_id":"xyz"},"source":"elevenlabs"})",
                           R"({"row":{"phones":["+40210000000","(0722) 987-654"],"tenant":"B1/L1"}})",
                           R"({"phone":"0722987654"})"}) {
    INFO(body);
    CHECK(office.has(RecordKind::command, body));
  }
  for (const char* body : {R"({"tenant":"B2/L1","phone":"0722987654"})", R"({"tenant":"B1/L1","phone":"0722987655"})",
                           R"({"tenant":"B1/L1","id":"0722987654","name":"722987654"})", "no JSON 0722987654"}) {
    INFO(body);
    CHECK_FALSE(office.has(RecordKind::command, body));
  }
}

TEST_CASE("the ids of their calls are told, but not of one that is between others", "[erasure]") {
  Office office;
  CHECK(office.calls(conversation("0722987654")) == std::vector<std::string>{"conv_1"});
  CHECK(office.calls(conversation("0722987655")).empty());
  office.put_call("call_1", "conv_1", "");
  CHECK(office.calls(conversation("0722987654")) == std::vector<std::string>{"conv_1"});
  office.put_call("call_1", "conv_1", "+40211111111");
  CHECK(office.calls(conversation("0722987654")).empty());
}

}  // namespace hookswitch::test
