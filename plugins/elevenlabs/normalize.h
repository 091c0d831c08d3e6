// The parts of ElevenLabs' payloads in the words that are equal for all providers, one function for each kind.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "plugins/lib/json_read.h"
#include "plugins/lib/json_write.h"

namespace hookswitch::plugin::elevenlabs {

/// What an event needs besides its type: filled by the functions below.
struct Normalized {
  std::string data;     // JSON object
  std::string about;    // the id that goes into the event's id, "" when there is none
  std::string subject;  // the phone call where there is one, else the conversation
  std::optional<int64_t> time_ms;  // where the payload itself tells it
};

/// A conversation as the post-call webhook and the API deliver it; `time_ms` is its end.
Normalized normalize_conversation(JsonValue conversation);

/// The whole audio of a conversation: only its size and format; the audio stays in the record.
Normalized normalize_audio(JsonValue data);

/// An outbound call that could not be placed; `time_ms` is the envelope's.
Normalized normalize_failure(JsonValue data, std::optional<int64_t> time_ms);

/// A call that rings and wants to know how to be greeted.
Normalized normalize_initiation(JsonValue request);

/// An account's own flat format: one object for each finished call.
Normalized normalize_flat(JsonValue call);

/// Writes `transcript`: a list of turns as ElevenLabs has them.
void write_turns(JsonWriter& out, JsonValue transcript);

/// Writes `transcript` from a text of lines like "Agent: ..." and "User: ...". A line without a speaker goes on with
/// the turn before; a text without any speaker is one turn of the user, whose words are what rules look for.
void write_spoken(JsonWriter& out, std::string_view transcript);

}  // namespace hookswitch::plugin::elevenlabs
