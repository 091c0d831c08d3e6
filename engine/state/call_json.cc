// A call as JSON: how the API shows it, and how rules change it.
#include <cmath>

#include "engine/base/time_text.h"
#include "engine/base/whole.h"
#include "engine/state/call.h"
#include "engine/state/call_duration.h"

namespace hookswitch {
namespace {

// A whole number is shown as one: providers say "19", and it is kept as 19.0.
Json shown(double number) {
  auto whole = whole_of(number);
  return whole ? Json(*whole) : Json(number);
}

Json shown(const CallFieldInfo& info, const FieldValue& value) {
  if (auto* text = std::get_if<std::string>(&value)) return *text;
  if (auto* truth = std::get_if<bool>(&value)) return *truth;
  if (auto* number = std::get_if<double>(&value)) return shown(*number);
  if (auto* whole = std::get_if<int64_t>(&value)) {
    return info.type == FieldType::time_ms ? Json(rfc3339(*whole)) : Json(*whole);
  }
  return nullptr;
}

Json shown(const Call& call, CallMap map) {
  Json out = Json::object();
  for (const auto& [key, json] : call.entries(map)) {
    Json value = parse_json(json);
    if (!value.is_null() && !value.is_discarded()) out[key] = std::move(value);
  }
  return out;
}

// The beginning of a value, for an error message.
std::string excerpt(const Json& value) {
  std::string text = dump(value);
  return text.size() <= 60 ? text : text.substr(0, 60) + "...";
}

std::unexpected<Error> refused(std::string_view name, const Json& found, std::string_view expected) {
  return fail(Code::invalid, "update call: field \"{}\" found {} {}, expected {}", name, found.type_name(),
              excerpt(found), expected);
}

// Lua has one number type for counting and measuring, so 3.0 is a whole number too.
std::optional<int64_t> whole_number(const Json& value) {
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
  if (value.is_number_integer()) return value.get<int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  return whole_of(value.get<double>());
}

Result<FieldValue> read_time(const CallFieldInfo& info, const Json& value) {
  std::optional<int64_t> ms = whole_number(value);
  if (value.is_string()) ms = parse_rfc3339(value.get_ref<const std::string&>());
  if (!ms) return refused(info.name, value, "a time in milliseconds or as RFC 3339");
  return *ms;
}

Result<FieldValue> read_text(const CallFieldInfo& info, const Json& value) {
  if (!value.is_string()) return refused(info.name, value, "text");
  const auto& text = value.get_ref<const std::string&>();
  if (info.field == CallField::status && !status_rank(text)) {
    return refused(info.name, value,
                   "initiated, ringing, in_progress, completed, failed, no_answer, busy, canceled or ended_manually");
  }
  if (info.field == CallField::direction && text != "inbound" && text != "outbound") {
    return refused(info.name, value, "inbound or outbound");
  }
  return text;
}

Result<FieldValue> read_number(const CallFieldInfo& info, const Json& value) {
  if (info.type == FieldType::integer) {
    if (auto whole = whole_number(value)) return *whole;
    return refused(info.name, value, "a whole number");
  }
  if (!value.is_number() || !std::isfinite(value.get<double>())) return refused(info.name, value, "a number");
  if (info.field == CallField::duration_secs && !is_duration(value.get<double>()))
    return refused(info.name, value, "seconds from 0 to a year");
  return value.get<double>();
}

Result<FieldValue> read_value(const CallFieldInfo& info, const Json& value) {
  if (value.is_null()) {
    if (info.merge == Merge::newest) return {};
    return refused(info.name, value, "a value: this field cannot be cleared");
  }
  switch (info.type) {
    case FieldType::text:
      return read_text(info, value);
    case FieldType::time_ms:
      return read_time(info, value);
    case FieldType::integer:
    case FieldType::number:
      return read_number(info, value);
    case FieldType::boolean:
      break;
  }
  if (!value.is_boolean()) return refused(info.name, value, "true or false");
  return value.get<bool>();
}

// Lua cannot tell an empty object from an empty array, so an empty array is an empty object here.
Status check_map(std::string_view name, const Json& value) {
  if (value.is_object() || (value.is_array() && value.empty())) return {};
  return refused(name, value, "an object");
}

bool is_map(std::string_view name) { return name == "variables" || name == "metadata"; }

Result<std::pair<CallField, FieldValue>> read_field(const std::string& name, const Json& value) {
  const CallFieldInfo* info = find_call_field(name);
  if (info == nullptr)
    return fail(Code::invalid, "update call: found \"{}\", expected the name of a call's field", name);
  if (!info->rules_may_set) return fail(Code::denied, "update call: field \"{}\" is set by the engine only", name);
  auto read = read_value(*info, value);
  if (!read) return std::unexpected(read.error());
  return std::pair(info->field, std::move(*read));
}

}  // namespace

Status Call::update(const std::string& name, const Json& value, const Stamp& stamp) {
  if (is_map(name)) {
    if (auto checked = check_map(name, value); !checked) return checked;
    for (const auto& [key, item] : value.items()) {
      name == "variables" ? merge_variable(key, dump(item), stamp) : merge_metadata(key, dump(item), stamp);
    }
    return {};
  }
  auto read = read_field(name, value);
  if (!read) return std::unexpected(read.error());
  merge(read->first, std::move(read->second), stamp);
  return {};
}

Status Call::say(std::string_view rule, const std::string& name, const Json& value) {
  if (is_map(name)) {
    if (auto checked = check_map(name, value); !checked) return checked;
    if (value.empty()) return {};
    Said& said = said_by(rule);
    auto& map = name == "variables" ? said.variables : said.metadata;
    for (const auto& [key, item] : value.items()) map.insert_or_assign(key, dump(item));
    return {};
  }
  auto read = read_field(name, value);
  if (!read) return std::unexpected(read.error());
  said_by(rule).fields.insert_or_assign(read->first, std::move(read->second));
  return {};
}

Json Call::to_json() const {
  Json out = Json::object();
  for (const CallFieldInfo& info : call_fields()) out[info.name] = shown(info, get(info.field));
  if (out["reported_by"].is_null() && !out["provider"].is_null()) out["reported_by"] = "webhook";
  out["external_ids"] = external_ids_;
  out["variables"] = shown(*this, CallMap::variables);
  out["metadata"] = shown(*this, CallMap::metadata);
  return out;
}

}  // namespace hookswitch
