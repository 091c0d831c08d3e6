// Which records go when a tenant is erased: those that processing called its own, and no other tenant's.
#include "engine/processor/tenant_records.h"

#include <catch2/catch.hpp>

#include "engine/state/actions.h"
#include "engine/state/calls.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

/// A source that is one tenant's, and another tenant's agent and number that are reached through it.
class SharedSource {
 public:
  bool is_owners(const RecordView& record) { return is_of("D1/L9", record); }
  bool is_guests(const RecordView& record) { return is_of("B1/L1", record); }

  static RecordView record(RecordKind kind, std::string_view body, std::string_view headers = {}) {
    RecordView out;
    out.seq = 7;
    out.kind = kind;
    out.source = "elevenlabs";
    out.body = body;
    out.header_block = headers;
    return out;
  }
  void write(const std::function<void(Writer&)>& fn) {
    REQUIRE(engine_.store().write([&](Writer& writer) -> Status {
      fn(writer);
      return {};
    }));
  }

 private:
  bool is_of(const std::string& tenant, const RecordView& record) {
    auto reader = engine_.store().read();
    return TenantRecords(**reader, directory_, engine_.decoder(), *blobs_, tenant).have(record);
  }

  InProcess engine_;
  Directory directory_{
      {{"D1/L9", "", "UTC", "RO", {}, {}}, {"B1/L1", "", "UTC", "RO", {{"elevenlabs", "agent_abc"}}, {"+40210000009"}}},
      {{"elevenlabs", "D1/L9"}, {"guests", "B1/L1"}}};
  std::unique_ptr<Blobs> blobs_ = std::move(*Blobs::open(engine_.dir().path() + "/blobs"));
};

std::string conversation(const std::string& agent, const std::string& number = "+40210000000") {
  return R"({"type":"post_call_transcription","event_timestamp":1766002500,"data":{"agent_id":")" + agent +
         R"(","conversation_id":"conv_1","status":"done","transcript":[],"metadata":{"start_time_unix_secs":1766002400,)"
         R"("phone_call":{"type":"twilio","direction":"inbound","external_number":"+40721000000","agent_number":")" +
         number + R"("}}}})";
}

}  // namespace

TEST_CASE("a delivery is its agent's or number's tenant's, else its source's", "[erasure]") {
  SharedSource shared;
  const std::string by_agent = conversation("agent_abc"), by_number = conversation("", "+40210000009");
  const std::string by_source = conversation("agent_of_theirs");
  for (const std::string* body : {&by_agent, &by_number}) {
    const RecordView guests = SharedSource::record(RecordKind::delivery, *body);
    CHECK_FALSE(shared.is_owners(guests));
    CHECK(shared.is_guests(guests));
  }
  for (const std::string& body : {by_source, std::string("no JSON")}) {
    const RecordView owners = SharedSource::record(RecordKind::delivery, body);
    CHECK(shared.is_owners(owners));
    CHECK_FALSE(shared.is_guests(owners));
  }
}

TEST_CASE("a delivery about another tenant's call that everybody may speak of is that tenant's", "[erasure]") {
  SharedSource shared;
  shared.write([](Writer& writer) {
    Call call;
    call.set(CallField::id, std::string("call_1"));
    call.set(CallField::tenant, std::string("B1/L1"));
    REQUIRE(put_call(writer, call));
    link_call(writer, "conversation_id", "conv_1", "call_1");
  });
  const std::string body = conversation("agent_of_theirs");
  CHECK_FALSE(shared.is_owners(SharedSource::record(RecordKind::delivery, body)));
}

TEST_CASE("a delivery that was refused because its call is another tenant's is its source's", "[erasure]") {
  SharedSource shared;
  shared.write([](Writer& writer) {
    Call call;
    call.set(CallField::id, std::string("call_1"));
    call.set(CallField::tenant, std::string("B1/L1"));
    REQUIRE(put_call(writer, call));
    link_call(writer, "conversation_id", "conv_1", "call_1");
    note_call_source(writer, "call_1", "guests");
  });
  for (const char* number : {"+40210000000", "+40210000009"}) {
    const std::string body = conversation("agent_of_theirs", number);
    CHECK(shared.is_owners(SharedSource::record(RecordKind::delivery, body)));
    CHECK_FALSE(shared.is_guests(SharedSource::record(RecordKind::delivery, body)));
  }
  // The configuration lets this agent of the owner's source speak of the guests' calls.
  const std::string taken = conversation("agent_abc");
  CHECK(shared.is_guests(SharedSource::record(RecordKind::delivery, taken)));
}

TEST_CASE("a result is the tenant's whose action or call it names, else its source's", "[erasure]") {
  SharedSource shared;
  shared.write([](Writer& writer) {
    Action action;
    action.id = "axn_1";
    action.type = "call";
    action.source = "elevenlabs";
    action.tenant = "B1/L1";
    put_action(writer, action);
    Call call;
    call.set(CallField::id, std::string("call_1"));
    call.set(CallField::tenant, std::string("B1/L1"));
    REQUIRE(put_call(writer, call));
  });
  for (const Headers& named :
       {Headers{{":name", "answer"}, {":action", "axn_1"}}, Headers{{":name", "recording"}, {":call", "call_1"}}}) {
    const std::string headers = encode_headers(named);
    const RecordView result = SharedSource::record(RecordKind::result, "{}", headers);
    CHECK_FALSE(shared.is_owners(result));
    CHECK(shared.is_guests(result));
  }
  const std::string headers = encode_headers({{":name", "answer"}, {":action", "axn_gone"}});
  CHECK(shared.is_owners(SharedSource::record(RecordKind::result, "{}", headers)));
}

}  // namespace hookswitch::test
