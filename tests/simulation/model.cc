#include "tests/simulation/model.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "engine/base/json.h"
#include "engine/state/dead.h"
#include "engine/state/kpi_series.h"
#include "engine/state/memory.h"

namespace hookswitch::simulation {
namespace {

constexpr uint64_t kChainModulus = 1'000'003;  // of rules/counting.lua

uint64_t sum_of(const Reader& reader, const std::string& name) {
  constexpr int64_t kDayMs = 86'400'000;
  auto buckets = kpi_series(reader, {.name = name, .period = Period::month, .from_ms = 0, .to_ms = 40'000 * kDayMs});
  double sum = 0;
  if (!buckets) return std::numeric_limits<uint64_t>::max();
  for (const KpiBucket& bucket : *buckets) sum += bucket.value;
  return static_cast<uint64_t>(std::llround(sum));
}

// How many of each reason: whoever reads it wants to know which they are.
std::string reasons(const Reader& reader) {
  std::map<std::string, int> counted;
  reader.scan(Table::dead, "", Direction::forward, [&](std::string_view, std::string_view row) {
    Json letter = Json::parse(row, nullptr, false);
    ++counted[letter.value("kind", "") + " " + letter.value("event_type", "") + ": " + letter.value("reason", "")];
    return true;
  });
  std::string out;
  for (const auto& [reason, times] : counted) out += fmt::format("\n  {} times {}", times, reason);
  return out;
}

}  // namespace

Model Model::of(const Log& log) {
  Model model;
  std::set<std::string> applied;
  auto visit = [&](const RecordView& record) {
    if (record.kind != RecordKind::delivery) return true;
    Json body = Json::parse(record.body, nullptr, false);
    if (!body.is_object()) {
      ++model.dead;
      model.ids.emplace(record.body);
      return true;
    }
    std::string id = body.at("id");
    model.ids.insert(id);
    if (body.at("type") != "phone.ping" || applied.contains(id)) return true;
    const Json& data = body.at("data");
    applied.insert(id);
    if (data.contains("poison")) {
      ++model.dead;
      return true;
    }
    auto heavy = data.at("weight").get<uint64_t>();
    ++model.pings;
    model.weight += heavy;
    model.chain = (model.chain * 31 + heavy) % kChainModulus;
    if (data.contains("remind")) model.reminded += heavy;
    return true;
  };
  (void)log.read(1, SIZE_MAX, visit);
  return model;
}

std::string Model::differs_from(const Reader& reader) const {
  auto told = get_memory(reader, "counting", "chain");
  const std::pair<const char*, std::pair<uint64_t, uint64_t>> numbers[] = {
      {"pings", {pings, sum_of(reader, "pings")}},
      {"weight", {weight, sum_of(reader, "weight")}},
      {"reminded", {reminded, sum_of(reader, "reminded")}},
      {"chain", {chain, told ? std::stoull(std::string(*told)) : 0}},
      {"dead letters", {dead, count_dead(reader)}},
  };
  for (const auto& [name, both] : numbers) {
    if (both.first != both.second)
      return fmt::format("{}: the model has {}, the state {}; dead letters:{}", name, both.first, both.second,
                         reasons(reader));
  }
  return "";
}

}  // namespace hookswitch::simulation
