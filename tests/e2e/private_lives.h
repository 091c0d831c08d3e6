// Two people who called: what the engine is told of each, and where their words may be found afterwards.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/engine_process.h"

namespace hookswitch::test {

struct Person {
  std::string phone;  // E.164
  std::string says;   // a word that nobody else says
  std::string conversation, call_sid;

  std::string digits() const { return phone.substr(1); }
};

inline const Person kAna{"+40722123456", "Rhododendron", "conv_ana000000000000001",
                         "CA00000000000000000000000000000a1a"};
inline const Person kIon{"+40733999888", "Kaleidoskop", "conv_ion000000000000001",
                         "CA00000000000000000000000000000101"};

/// With `padding` the body is a blob.
inline std::string conversation_of(const Person& person, size_t padding = 0) {
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":1739537297,"data":{{"agent_id":"xyz","conversation_id":"{}",)"
      R"("status":"done","transcript":[{{"role":"user","message":"my word is {}","time_in_call_secs":1}}],)"
      R"("metadata":{{"start_time_unix_secs":1739537297,"call_duration_secs":42,"phone_call":{{"direction":"inbound",)"
      R"("type":"twilio","external_number":"{}","agent_number":"+40212345678","call_sid":"{}"}}}},)"
      R"("analysis":{{"call_successful":"success","transcript_summary":"{} again"}},"note":"{}"}}}})",
      person.conversation, person.says, person.phone, person.call_sid, person.says, std::string(padding, 'x'));
}

inline std::string status_form_of(const Person& person) {
  return fmt::format(
      "CallSid={}&AccountSid=AC00000000000000000000000000000000&From=%2B{}&To=%2B40212345678"
      "&CallStatus=completed&Direction=inbound&CallDuration=42&SequenceNumber=3",
      person.call_sid, person.digits());
}

inline void put(EngineProcess& engine, const std::string& path, const Json& body) {
  std::ifstream file(engine.dir().path() + "/data/cli.token");
  std::string address, token;
  REQUIRE(file >> address >> token);
  cli::HttpHeaders headers{{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
  auto answer = cli::request("PUT", engine.url("/api/v1" + path), headers, dump(body));
  INFO(answer->body);
  REQUIRE(answer->status < 300);
}

/// Two deliveries, a large one, a contact, a task, a refused delivery that names them.
inline void tell_of(EngineProcess& engine, const Person& person) {
  REQUIRE(engine.post_elevenlabs(conversation_of(person))->status == 200);
  REQUIRE(engine.post_twilio(status_form_of(person), "status")->status == 200);
  Person later = person;
  later.conversation += "_large";
  later.call_sid.back() = 'f';
  REQUIRE(engine.post_elevenlabs(conversation_of(later, 2'000'000))->status == 200);
  put(engine, "/contacts/of_" + person.conversation, {{"name", person.says}, {"phones", {person.phone}}});
  auto task = engine.api_post("/tasks", {{"key", "call back " + person.says},
                                         {"kind", "callback"},
                                         {"to", person.phone},
                                         {"tenant", "B1/L1"},
                                         {"due_at", "2099-01-01T10:00:00Z"}});
  INFO(task->body);
  REQUIRE(task->status < 300);
  put(engine, "/suppressions/%2B" + person.digits(), {{"reason", "asked"}});
  cli::HttpHeaders forged{{"Content-Type", "application/json"}, {"ElevenLabs-Signature", "t=1,v0=00"}};
  REQUIRE(engine.post("/hooks/elevenlabs", forged, conversation_of(person))->status == 401);
  REQUIRE(engine.settle());
}

/// Files below the directory in which the text stands.
inline std::vector<std::string> files_with(const std::string& dir, const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    if (bytes.str().find(text) != std::string::npos) found.push_back(entry.path().string());
  }
  return found;
}

/// Everything that the API shows, events one by one; but for the do-not-call list and the notes of erasures, which keep
/// it.
inline std::string all_shown(EngineProcess& engine) {
  std::string shown;
  for (const char* path :
       {"/calls?limit=200", "/tasks?limit=200", "/contacts?limit=200", "/activity?limit=200", "/actions?limit=200",
        "/dead?limit=200", "/audit?limit=200", "/refusals", "/erasures", "/events?limit=200"})
    shown += dump(engine.api(path)) + "\n";
  const Json calls = engine.api("/calls?limit=200")["data"];
  for (const Json& call : calls)
    shown += dump(engine.api("/calls/" + call["id"].get<std::string>() + "/transcript")) + "\n";
  const Json events = engine.api("/events?limit=200")["data"];
  for (const Json& event : events) {
    const std::string one = dump(engine.api("/events/" + dump(event["seq"])));
    if (one.find("erasure.note") == std::string::npos) shown += one + "\n";
  }
  return shown;
}

}  // namespace hookswitch::test
