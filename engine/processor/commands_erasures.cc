// Erasures as records: asked for by people, noted by whoever goes through the log.
#include <fmt/format.h>

#include "engine/processor/actions.h"
#include "engine/processor/command.h"
#include "engine/processor/erasing.h"
#include "engine/state/erasures.h"

namespace hookswitch {
namespace {

Erasure wished_erasure(const CommandContext& context, const Json& body) {
  Erasure erasure;
  erasure.id = erasure_id_of(context.record.seq);
  erasure.phone = json_text(body, "phone");
  erasure.tenant = json_text(body, "erase_tenant");
  erasure.of = json_text(body, "of");
  erasure.suppressions = body.value("suppressions", false);
  erasure.by = context.record.header(":by");
  erasure.made_ms = context.record.time_ms;
  return erasure;
}

Answer start_erasure(const CommandContext& context, const Json& body) {
  Erasure erasure = wished_erasure(context, body);
  // Of one that is over the record says no more than that it was; a rebuild comes by here again.
  if (body.value("erased", false)) {
    erasure.status = ErasureStatus::done;
    erasure.ended_ms = context.record.time_ms;
    put_erasure(context.writer, erasure);
    return command_done(200, erasure.to_json());
  }
  if (!erasure.phone.empty() && !context.directory.by_number(erasure.phone).empty())
    return command_problem(409, "erase: the number is a tenant's own, and every call has it; expected a person's");
  if (erasure.phone.empty() == erasure.tenant.empty())
    return command_problem(400, "erase: expected either a phone number or a tenant");
  begin_erasure(context.writer, erasure, context.record.time_ms);
  return command_done(202, erasure.to_json());
}

Answer note_erasure(const CommandContext& context, const Json& body) {
  auto erasure = find_erasure(context.writer, json_text(body, "id"));
  if (!erasure) return command_problem(404, fmt::format("note of erasure {}: found none", json_text(body, "id")));
  note_erased(context.writer, context.record, std::move(*erasure), body, context.directory);
  return command_done(200, Json::object());
}

Answer ask_again(const CommandContext& context, const Json& body) {
  for (const Json& row : body.value("actions", Json::array())) {
    if (!row.is_object()) continue;
    auto made = remake_action(context.writer, context.record, Action::from_json(row));
    if (!made) return command_problem(400, made.error().message);
  }
  return command_done(200, Json::object());
}

}  // namespace

Commands erasure_commands() {
  return {{"erasure.start", start_erasure}, {"erasure.note", note_erasure}, {"erasure.rest", ask_again}};
}

}  // namespace hookswitch
