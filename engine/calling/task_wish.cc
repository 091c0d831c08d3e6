#include "engine/calling/task_wish.h"

#include <algorithm>
#include <array>

#include "engine/base/limits.h"
#include "engine/base/nearest.h"
#include "engine/base/time_text.h"
#include "engine/calling/hours.h"
#include "engine/calling/number.h"

namespace hookswitch {
namespace {

constexpr int kPriorityMax = 100;
constexpr size_t kMessageBytes = 1'600;  // of one SMS in parts

using Read = Status (*)(const std::string& name, Json& value);

std::unexpected<Error> wrong(const std::string& name, const Json& value, const char* expected) {
  return fail(Code::invalid, "{}: found {}, expected {}", name, dump(value).substr(0, 80), expected);
}

Status read_text(const std::string& name, Json& value) {
  if (value.is_string() && value != "" && value.get_ref<const std::string&>().size() <= limits::kIndexedTextBytes) {
    return {};
  }
  return wrong(name, value, "a text of 1 to 128 bytes");
}

Status read_message(const std::string& name, Json& value) {
  if (value.is_string() && value != "" && value.get_ref<const std::string&>().size() <= kMessageBytes) return {};
  return wrong(name, value, "a text of 1 to 1600 bytes");
}

Status read_time(const std::string& name, Json& value) {
  if (value.is_string()) {
    if (auto ms = parse_rfc3339(value.get<std::string>())) value = *ms;
  }
  if (value.is_number_integer() && value >= 0 && value <= kTimeMax) return {};
  return wrong(name, value, "a time as RFC 3339 or milliseconds");
}

Status read_channel(const std::string& name, Json& value) {
  if (value == "call" || value == "sms") return {};
  return wrong(name, value, "\"call\" or \"sms\"");
}

Status read_map(const std::string& name, Json& value) {
  if (value.is_array() && value.empty()) value = Json::object();  // an empty table of Lua
  if (value.is_object()) return {};
  return wrong(name, value, "names and values");
}

Status read_priority(const std::string& name, Json& value) {
  // Compared as the number it is: Json takes the greatest unsigned one for -1.
  const bool huge = value.is_number_unsigned() && value.get<uint64_t>() > kPriorityMax;
  if (value.is_number_integer() && !huge && value >= -kPriorityMax && value <= kPriorityMax) return {};
  return wrong(name, value, "-100 to 100");
}

Status read_window(const std::string&, Json& value) {
  auto hours = read_hours(value);
  return hours ? Status() : std::unexpected(hours.error());
}

Status read_policy(const std::string&, Json& value) {
  if (value.is_object() && value.contains("on") && value["on"].is_object() && value["on"].empty()) {
    value["on"] = Json::array();  // an empty table of Lua
  }
  auto retry = read_retry(value, {});
  return retry ? Status() : std::unexpected(retry.error());
}

struct Field {
  const char* name;
  Read read;
};
constexpr std::array kFields = {
    Field{"key", read_text},      Field{"kind", read_text},     Field{"channel", read_channel},
    Field{"to", read_text},       Field{"due_at", read_time},   Field{"expires_at", read_time},
    Field{"source", read_text},   Field{"agent_id", read_text}, Field{"contact_id", read_text},
    Field{"window", read_window}, Field{"retry", read_policy},  Field{"body", read_message},
    Field{"variables", read_map}, Field{"metadata", read_map},  Field{"priority", read_priority}};

Status read_field(const std::string& name, Json& value) {
  const auto* field = std::ranges::find(kFields, std::string_view(name), &Field::name);
  if (field != kFields.end()) return field->read(name, value);
  std::vector<std::string> names;
  for (const Field& one : kFields) names.emplace_back(one.name);
  return fail(Code::invalid, "{}: found an unknown field{}", name.substr(0, 80), suggestion(name, names));
}

}  // namespace

Result<Json> read_task_change(const Json& change, std::string_view country) {
  if (!change.is_object()) return fail(Code::invalid, "found {}, expected named fields", change.type_name());
  if (dump(change).size() > limits::kTaskBytes) {
    return fail(Code::too_large, "found more than {} bytes in one task", limits::kTaskBytes);
  }
  Json out = Json::object();
  for (const auto& [name, given] : change.items()) {
    if (given.is_null()) continue;
    Json value = given;
    if (auto read = read_field(name, value); !read) return std::unexpected(read.error());
    out[name] = std::move(value);
  }
  if (out.contains("to")) {
    DialNumber number = dial_number(out["to"].get<std::string>(), country);
    if (!number.number.empty()) out["to"] = number.number;
  }
  return out;
}

Result<Json> read_task_wish(const Json& wish, std::string_view country) {
  auto out = read_task_change(wish, country);
  if (!out) return out;
  if (!out->contains("to") && !out->contains("contact_id")) {
    return fail(Code::invalid, "to: found nothing, expected a number, or a contact_id of somebody who has one");
  }
  if (out->value("channel", "call") == "sms" && !out->contains("body")) {
    return fail(Code::invalid, "body: found nothing, expected what the message says");
  }
  return out;
}

}  // namespace hookswitch
