// A post_call_transcription delivery of about `bytes` bytes; the n-th is one call of its own.
#pragma once

#include <fmt/format.h>

#include <string>

namespace hookswitch::bench {

inline std::string body_of(int n, size_t bytes) {
  std::string head = fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":{0},"data":{{"agent_id":"agent_bench","conversation_id":"conv_{1}",)"
      R"("status":"done","has_audio":true,"has_user_audio":true,"has_response_audio":true,"has_auxiliary_audio":false,)"
      R"("metadata":{{"start_time_unix_secs":{0},"call_duration_secs":{2},"cost":180,"cost_fiat":0.036,)"
      R"("phone_call":{{"type":"twilio","direction":"inbound","phone_number_id":"phnum_1","agent_number":"+14155550199",)"
      R"("external_number":"+1415555{3:04}","stream_sid":"MZ{1}","call_sid":"CA{1:032}"}}}},)"
      R"("analysis":{{"call_successful":"success","transcript_summary":"The caller booked an appointment."}},"transcript":[)",
      1'766'000'000 + n % 86'400, n, n % 300, n % 10'000);
  const std::string tail = R"({"role":"agent","message":"Goodbye.","time_in_call_secs":99}]}})";
  const std::string turn =
      R"({"role":"user","message":"Hello, my name is Anna and I would like to book an appointment )"
      R"(for next Tuesday, please. Thank you, that is great.","time_in_call_secs":3,"tool_calls":[],)"
      R"("tool_results":[],"feedback":null,"interrupted":false,"source_medium":"audio"},)";
  while (head.size() + turn.size() + tail.size() <= bytes) head += turn;
  return head + tail;
}

}  // namespace hookswitch::bench
