#include <algorithm>
#include <array>

#include "plugins/elevenlabs/normalize.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

JsonValue result_of(JsonValue results, std::string_view request_id) {
  JsonValue found;
  results.each_item([&](JsonValue result) {
    if (!request_id.empty() && result["request_id"].text() == request_id && !found.exists()) found = result;
  });
  return found;
}

/// Parameters come as JSON inside a text; as an object where it is one, else as the text.
void write_params(JsonWriter& out, std::string_view text) {
  thread_local JsonReader reader;
  if (text.empty()) return;
  Outcome<JsonValue> params = reader.parse(text);
  if (params && params->is_object()) {
    out.copy("params", *params);
  } else {
    out.text("params", text);
  }
}

void write_tools(JsonWriter& out, JsonValue calls, JsonValue results) {
  bool any = false;
  calls.each_item([&](JsonValue) { any = true; });
  if (!any) return;
  out.open_array("tools");
  calls.each_item([&](JsonValue call) {
    JsonValue result = result_of(results, call["request_id"].text());
    out.open_object();
    out.text("name", call["tool_name"].text());
    write_params(out, call["params_as_json"].text());
    out.text("result", result["result_value"].text());
    out.flag("is_error", result["is_error"].flag());
    out.close_object();
  });
  out.close_array();
}

/// What is read of a turn. Of several names for one thing the first that has a value counts.
enum Part : size_t { kRole, kSpeaker, kMessage, kText, kContent, kTimeInCall, kTime, kToolCalls, kToolResults, kParts };
constexpr std::array<std::string_view, kParts> kPartNames = {
    "role", "speaker", "message", "text", "content", "time_in_call_secs", "time_secs", "tool_calls", "tool_results"};

/// A turn's members, found in one pass over it: a transcript has hundreds of turns.
class Turn {
 public:
  explicit Turn(JsonValue turn) {
    turn.each_field([&](std::string_view name, JsonValue value) {
      auto part = static_cast<size_t>(std::ranges::find(kPartNames, name) - kPartNames.begin());
      if (part < kParts && parts_[part].element() == nullptr) parts_[part] = value;
    });
  }

  const JsonValue& operator[](Part part) const { return parts_[part]; }

  const JsonValue& first_of(std::initializer_list<Part> parts) const {
    for (Part part : parts) {
      if (parts_[part].exists()) return parts_[part];
    }
    return absent_;
  }

 private:
  std::array<JsonValue, kParts> parts_;
  JsonValue absent_;
};

struct Speaker {
  std::string_view name, role;
};
constexpr std::array<Speaker, 13> kSpeakers = {{{"agent", "agent"},
                                                {"assistant", "agent"},
                                                {"ai", "agent"},
                                                {"bot", "agent"},
                                                {"system", "agent"},
                                                {"user", "user"},
                                                {"caller", "user"},
                                                {"customer", "user"},
                                                {"client", "user"},
                                                {"patient", "user"},
                                                {"lead", "user"},
                                                {"contact", "user"},
                                                {"human", "user"}}};

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

std::string_view role_of(std::string_view speaker) {
  for (const Speaker& known : kSpeakers) {
    if (same_ignoring_case(speaker, known.name)) return known.role;
  }
  return "";
}

std::string_view trim(std::string_view text) {
  size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// "Agent: hello" -> its role, and `line` is what follows; "" when the line names no speaker.
std::string_view take_speaker(std::string_view& line) {
  size_t colon = line.find(':');
  if (colon == std::string_view::npos) return "";
  std::string_view role = role_of(trim(line.substr(0, colon)));
  if (!role.empty()) line = trim(line.substr(colon + 1));
  return role;
}

void write_turn(JsonWriter& out, std::string_view role, std::string_view message) {
  if (message.empty()) return;
  out.open_object();
  out.text("role", role);
  out.text("message", message);
  out.close_object();
}

}  // namespace

void write_turns(JsonWriter& out, JsonValue transcript) {
  if (!transcript.is_array()) return;
  out.open_array("transcript");
  transcript.each_item([&](JsonValue turn) {
    if (!turn.is_object()) return;
    const Turn parts(turn);
    std::string_view role = role_of(parts.first_of({kRole, kSpeaker}).text());
    out.open_object();
    out.text("role", role.empty() ? "agent" : role);
    out.text("message", parts.first_of({kMessage, kText, kContent}).text());
    out.copy("time_secs", parts.first_of({kTimeInCall, kTime}));
    write_tools(out, parts[kToolCalls], parts[kToolResults]);
    out.close_object();
  });
  out.close_array();
}

void write_spoken(JsonWriter& out, std::string_view transcript) {
  out.open_array("transcript");
  std::string_view role = "user";
  std::string message;
  while (!transcript.empty()) {
    size_t end = std::min(transcript.find('\n'), transcript.size());
    std::string_view line = trim(transcript.substr(0, end));
    transcript.remove_prefix(std::min(end + 1, transcript.size()));
    if (std::string_view speaker = take_speaker(line); !speaker.empty()) {
      write_turn(out, role, message);
      role = speaker;
      message.clear();
    }
    if (!message.empty() && !line.empty()) message += '\n';
    message += line;
  }
  write_turn(out, role, message);
  out.close_array();
}

}  // namespace hookswitch::plugin::elevenlabs
