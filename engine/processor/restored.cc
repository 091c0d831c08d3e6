#include "engine/processor/restored.h"

#include "engine/base/json.h"

namespace hookswitch {

void mark_restored(Timer& timer) {
  Json data = Json::parse(timer.data, nullptr, false);
  if (!data.is_object()) data = Json::object();
  data["timer"]["restored"] = true;
  timer.data = dump(data);
}

bool is_restored(const RecordView& record) {
  if (record.kind != RecordKind::timer || !record.body.contains("\"restored\":true")) return false;
  const Json data = Json::parse(record.body, nullptr, false);
  const Json timer = data.is_object() ? data.value("timer", Json()) : Json();
  return timer.is_object() && timer.value("restored", Json()) == true;
}

}  // namespace hookswitch
