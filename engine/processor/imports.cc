#include "engine/processor/imports.h"

#include "engine/processor/link.h"
#include "engine/state/call.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"
#include "engine/state/syncs.h"

namespace hookswitch {
namespace {

std::optional<Call> call_of(const Reader& reader, const CallIds& ids) {
  for (const auto& [kind, value] : ids) {
    auto id = find_call_id(reader, kind, value);
    auto call = id ? get_call(reader, *id) : Result<std::optional<Call>>(std::nullopt);
    if (call && *call) return **call;
  }
  return std::nullopt;
}

void mark(Writer& writer, const CallIds& ids, const char* word) {
  auto call = call_of(writer, ids);
  if (!call || call->text(CallField::reported_by) == word) return;
  call->set(CallField::reported_by, std::string(word));
  // A failure sticks to the writer and ends its batch.
  if (auto put = put_call(writer, *call); !put) return;
}

}  // namespace

Teller teller_of(const Reader& reader, const CallIds& ids) {
  auto call = call_of(reader, ids);
  if (!call) return Teller::nobody;
  std::string_view word = call->text(CallField::reported_by);
  if (word == "both") return Teller::both;
  if (word == "sync") return Teller::sync;
  // A call that we placed exists before anybody has told of it.
  return call->text(CallField::provider).empty() ? Teller::nobody : Teller::webhook;
}

void note_imported(Writer& writer, const CallIds& ids, Teller before) {
  mark(writer, ids, before == Teller::webhook || before == Teller::both ? "both" : "sync");
}

void note_listed(Writer& writer, const std::string& kind, const std::string& value) {
  CallIds ids{{kind, value}};
  note_imported(writer, ids, teller_of(writer, ids));
}

void note_strange_agent(Writer& writer, std::string_view sync, const CallIds& ids) {
  auto call = call_of(writer, ids);
  bool strange = call && call->text(CallField::tenant).empty() && !call->text(CallField::agent_id).empty();
  auto row = strange && !sync.empty() ? find_sync(writer, sync) : std::nullopt;
  if (!row || !row->reason.empty()) return;
  row->reason =
      "agent " + std::string(call->text(CallField::agent_id)) + " belongs to no tenant: its calls are nobody's";
  put_sync(writer, *row);
}

bool is_forgotten(const Reader& reader, const Event& event, const EventData& data, int64_t before_ms) {
  const simdjson::dom::element* member = data.get(Member::started_at);
  auto started = member == nullptr ? simdjson::simdjson_result<int64_t>(simdjson::NO_SUCH_FIELD) : member->get_int64();
  int64_t began_ms = started.error() == simdjson::SUCCESS ? started.value_unsafe() : event.time_ms;
  if (began_ms >= before_ms) return false;
  CallIds ids = told_ids(reader, data);
  return !ids.empty() && !call_of(reader, ids);
}

void count_import(Writer& writer, std::string_view sync, Imported what) {
  auto row = sync.empty() ? std::nullopt : find_sync(writer, sync);
  if (!row) return;
  uint64_t& count = what == Imported::created   ? row->created
                    : what == Imported::updated ? row->updated
                    : what == Imported::skipped ? row->skipped
                                                : row->failed;
  ++count;
  put_sync(writer, *row);
}

}  // namespace hookswitch
