#include "engine/workbench/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace hookswitch {
namespace {

constexpr std::array<const char*, 12> kNames{"call",   "field", "kpi",  "activity", "timer", "task",
                                             "action", "reply", "dead", "contact",  "agent", "memory"};
constexpr int64_t kMillion = 1'000'000;

// A whole entry of the feed is known by its title.
std::string shown(const Json& value) {
  if (value.is_null()) return "none";
  return dump(value.is_object() && value.contains("title") ? value.at("title") : value);
}

double part(const Json& amount, const char* name) { return amount.is_object() ? amount.value(name, 0.0) : 0; }

int64_t change(const Difference& kpi, const char* name, double unit) {
  return std::llround((part(kpi.after, name) - part(kpi.before, name)) * unit);
}

// A key figure is shown as what it changes by. Equal sums of different numbers happen, for zero can be counted too.
std::string kpi_line(const Difference& kpi) {
  int64_t micros = change(kpi, "value", kMillion);
  std::string line = fmt::format("kpi {} {}", kpi_label(kpi.name, kpi.dimensions), signed_number(micros));
  return micros == 0 ? fmt::format("{} ({:+} times)", line, change(kpi, "count", 1)) : line;
}

std::string label(const Difference& difference) {
  if (difference.aspect == Aspect::field) return difference.name;
  if (difference.aspect == Aspect::dead) return "dead letter " + difference.name;
  return fmt::format("{} {}", name(difference.aspect), difference.name);
}

}  // namespace

const char* name(Aspect aspect) { return kNames[static_cast<size_t>(aspect)]; }

std::string kpi_label(std::string_view name, const Json& dimensions) {
  std::vector<std::string> parts;
  for (const auto& [dimension, value] : dimensions.items())
    parts.push_back(fmt::format("{}={}", dimension, value.get<std::string>()));
  return parts.empty() ? std::string(name) : fmt::format("{}{{{}}}", name, fmt::join(parts, ","));
}

std::string signed_number(int64_t micros) {
  auto size = micros < 0 ? 0 - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  std::string fraction = fmt::format("{:06}", size % kMillion);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fmt::format("{}{}{}{}", micros < 0 ? "-" : "+", size / kMillion, fraction.empty() ? "" : ".", fraction);
}

void Difference::add_tenant(const std::string& tenant) {
  if (!tenant.empty() && std::ranges::find(tenants, tenant) == tenants.end()) tenants.push_back(tenant);
}

std::string Difference::line() const {
  if (aspect == Aspect::call) return before.is_null() ? "only under the other rules" : "not under the other rules";
  if (aspect == Aspect::kpi) return kpi_line(*this);
  return fmt::format("{}: {} -> {}", label(*this), shown(before), shown(after));
}

Json Difference::to_json() const {
  Json out{{"what", hookswitch::name(aspect)}, {"name", name}, {"before", before}, {"after", after}};
  if (aspect == Aspect::kpi) out["dimensions"] = dimensions;
  if (!tenants.empty()) out["tenants"] = tenants;
  if (!calls.empty()) out["calls"] = calls;
  return out;
}

Difference Difference::from_json(const Json& value) {
  Difference out;
  std::string what = value.value("what", "");
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (what == kNames[i]) out.aspect = static_cast<Aspect>(i);
  }
  out.name = value.value("name", "");
  out.before = value.value("before", Json());
  out.after = value.value("after", Json());
  out.dimensions = value.value("dimensions", Json::object());
  out.tenants = value.value("tenants", std::vector<std::string>());
  out.calls = value.value("calls", std::vector<std::string>());
  return out;
}

void json_differences(const std::string& name, const Json& before, const Json& after,
                      const std::function<void(const std::string&, const Json&, const Json&)>& emit) {
  if (before == after) return;
  if (!before.is_object() || !after.is_object()) return emit(name, before, after);
  auto below = [&name](const std::string& key) { return name.empty() ? key : name + "." + key; };
  for (const auto& [key, value] : before.items()) {
    json_differences(below(key), value, after.value(key, Json()), emit);
  }
  for (const auto& [key, value] : after.items()) {
    if (!before.contains(key)) json_differences(below(key), Json(), value, emit);
  }
}

}  // namespace hookswitch
