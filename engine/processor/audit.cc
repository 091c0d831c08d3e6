#include "engine/processor/audit.h"

#include <algorithm>
#include <array>

#include "engine/base/limits.h"
#include "engine/state/audit.h"

namespace hookswitch {
namespace {

// Notes of our own, one for each page of a sync and each step of an erasure, and what that left of a record.
constexpr std::array<std::string_view, 3> kOwnNotes{"sync.note", "erasure.note", "erasure.rest"};

// What a command's body, and what an answer, call the thing that it is about; the first that is there.
constexpr std::array kAsked{"id", "phone", "ids", "source", "name"};
constexpr std::array kAnswered{"id", "action_id"};

Json object_of(std::string_view text) {
  Json json = parse_json(text);
  return json.is_object() ? json : Json::object();
}

template <size_t N>
std::string first_of(const Json& object, const std::array<const char*, N>& names) {
  for (const char* name : names) {
    auto found = object.find(name);
    if (found == object.end() || found->empty()) continue;
    std::string text = found->is_string() ? found->get<std::string>() : dump(*found);
    if (!text.empty()) return text.substr(0, limits::kIndexedTextBytes);
  }
  return "";
}

}  // namespace

void note_audit(const CommandContext& context, const Answer& answer) {
  const RecordView& record = context.record;
  if (std::ranges::find(kOwnNotes, record.header(":name")) != kOwnNotes.end()) return;
  Json asked = object_of(record.body), answered = object_of(answer.body);
  AuditRow row;
  row.seq = record.seq;
  row.time_ms = record.time_ms;
  row.by = record.header(":by");
  row.from = record.header(":from");
  row.command = record.header(":name");
  // What is made has no id before.
  row.target = first_of(asked, std::array{"id"});
  if (row.target.empty() && answer.status < 400) row.target = first_of(answered, kAnswered);
  if (row.target.empty()) row.target = first_of(asked, kAsked);
  row.tenant = json_text(asked, "tenant");
  if (row.tenant.empty() && answer.status < 400) row.tenant = json_text(answered, "tenant");
  row.status = answer.status;
  put_audit(context.writer, row);
}

}  // namespace hookswitch
