#include "engine/processor/restored.h"

#include "engine/base/json.h"
#include "engine/state/position.h"

namespace hookswitch {
namespace {

bool is_marked(const RecordView& timer) {
  if (!timer.body.contains("\"restored\":true")) return false;
  const Json data = parse_json(timer.body);
  const Json about = data.is_object() ? data.value("timer", Json()) : Json();
  return about.is_object() && about.value("restored", Json()) == true;
}

}  // namespace

void mark_restored(Timer& timer) {
  Json data = parse_json(timer.data);
  if (!data.is_object()) data = Json::object();
  data["timer"]["restored"] = true;
  timer.data = dump(data);
}

bool may_have_come(const Reader& reader, int64_t due_ms) {
  auto restored = read_restored(reader);
  return !restored || due_ms <= restored->time_ms;
}

bool may_be_done(const Reader& reader, const RecordView& record, const Event& event) {
  if (record.kind == RecordKind::timer) return is_marked(record);
  if (record.kind != RecordKind::import) return false;
  auto restored = read_restored(reader);
  return restored && record.seq > restored->last_seq && event.time_ms < restored->time_ms;
}

}  // namespace hookswitch
