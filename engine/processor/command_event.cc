#include "engine/processor/command_event.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/state/json_rows.h"

namespace hookswitch {

const std::vector<std::string>& told_commands() {
  static const std::vector<std::string> kTold{
      "call.create",        "call.end",        "action.retry",   "action.cancel",   "task.create",    "task.update",
      "task.cancel",        "campaign.create", "campaign.add",   "campaign.change", "campaign.pause", "campaign.resume",
      "campaign.cancel",    "contact.put",     "contact.delete", "agent.put",       "agent.delete",   "suppression.put",
      "suppression.delete", "sync.start",      "sync.cancel"};
  return kTold;
}

std::optional<Event> command_event(const RecordView& record, const Answer* answer) {
  const std::string command(record.header(":name"));
  if (std::ranges::find(told_commands(), command) == told_commands().end()) return std::nullopt;
  Json body = parse_json(record.body);
  if (!body.is_object()) return std::nullopt;
  Json about{{"tenant", json_text(body, "tenant")}};
  if (command.starts_with("call.")) about["call"] = json_text(body, "id");
  Json result = answer == nullptr ? Json() : parse_json(answer->body);
  if (result.is_discarded()) result = nullptr;
  Event event;
  event.id = fmt::format("command:{}", record.seq);
  event.type = "command." + command;
  event.time_ms = record.time_ms;
  event.seq = record.seq;
  event.data = dump(Json{{"command", command},
                         {"by", std::string(record.header(":by"))},
                         {"body", std::move(body)},
                         {"result", std::move(result)},
                         {"about", std::move(about)}});
  return event;
}

std::vector<Event> events_of_command(const RecordView& record) {
  auto event = record.erased ? std::nullopt : command_event(record, nullptr);
  return event ? std::vector{std::move(*event)} : std::vector<Event>();
}

}  // namespace hookswitch
