#include "engine/simulator/simulator.h"

#include "engine/base/json.h"

namespace hookswitch {
namespace {

constexpr int64_t kAgainMs = 90'000;
constexpr int64_t kLateMs = 60'000;

}  // namespace

Result<Simulation> Simulation::create(SimulatorOptions options, std::vector<std::shared_ptr<const Source>> sources) {
  for (const auto& source : sources) {
    if (source->can_play() && source->can_sign()) continue;
    return fail(Code::invalid, "simulate calls of {}: provider {} can not {}, expected that it can", source->name(),
                source->provider(), source->can_play() ? "sign" : "tell made-up calls");
  }
  if (options.stories.tenants.empty()) options.stories.tenants.push_back({"agent_simulated", "+12125550199"});
  return Simulation(std::move(options), std::move(sources));
}

Result<std::optional<SimulatedDelivery>> Simulation::next() {
  while (told_ < options_.calls && (under_way_.empty() || under_way_.begin()->first.first >= starts_at(told_))) {
    if (auto told = tell_next_call(); !told) return std::unexpected(told.error());
  }
  if (under_way_.empty()) return std::nullopt;
  return std::move(under_way_.extract(under_way_.begin()).mapped());
}

/// No delivery about a call is earlier.
int64_t Simulation::starts_at(uint64_t call) const {
  double share = static_cast<double>(call) / static_cast<double>(options_.calls);
  return options_.start_ms + static_cast<int64_t>(share * static_cast<double>(options_.span_ms));
}

Status Simulation::tell_next_call() {
  Dice dice(options_.seed, told_);
  int64_t gap = starts_at(told_ + 1) - starts_at(told_);
  std::string story = dump(make_story(options_.stories, starts_at(told_) + dice.between(0, gap), dice));
  for (const auto& source : sources_) {
    auto played = source->play(story);
    if (!played) return std::unexpected(played.error());
    for (PlayedDelivery& each : *played) {
      SimulatedDelivery delivery{.source = source->name(),
                                 .kind = each.kind,
                                 .path = "/hooks/" + source->name() + (each.kind.empty() ? "" : "/" + each.kind),
                                 .query = "",
                                 .headers = std::move(each.headers),
                                 .body = std::move(each.body),
                                 .time_ms = each.time_ms,
                                 .call = told_};
      mail(std::move(delivery), dice);
    }
  }
  ++told_;
  return {};
}

// Every delivery throws as often, so that one fault more or less changes nothing about the others.
void Simulation::mail(SimulatedDelivery delivery, Dice& dice) {
  bool dropped = dice.happens(options_.drop), repeated = dice.happens(options_.duplicate);
  int64_t again_ms = dice.between(1'000, kAgainMs), late_ms = dice.between(1, kLateMs);
  bool late = dice.happens(1.0 / 3) && options_.reorder;
  if (dropped) return;
  if (late) delivery.time_ms += late_ms;
  if (repeated) {
    SimulatedDelivery copy = delivery;
    copy.duplicate = true;
    copy.time_ms += again_ms;
    under_way_.emplace(std::pair(copy.time_ms, mailed_++), std::move(copy));
  }
  under_way_.emplace(std::pair(delivery.time_ms, mailed_++), std::move(delivery));
}

Status Simulation::sign(SimulatedDelivery& delivery, const std::string& public_url, int64_t now_ms) const {
  for (const auto& source : sources_) {
    if (source->name() != delivery.source) continue;
    std::string url = public_url + delivery.path + (delivery.query.empty() ? "" : "?" + delivery.query);
    DeliveryRequest request;
    request.url = url;
    request.path = delivery.path;
    request.query = delivery.query;
    request.kind = delivery.kind;
    request.headers = &delivery.headers;
    request.body = delivery.body;
    request.now_ms = now_ms;
    auto made = source->sign(request);
    if (!made) return std::unexpected(made.error());
    delivery.headers.insert(delivery.headers.end(), made->headers.begin(), made->headers.end());
    if (!made->query.empty()) delivery.query = made->query;
    return {};
  }
  return fail(Code::not_found, "sign a delivery of {}: it is not simulated here", delivery.source);
}

Result<std::vector<SimulatedDelivery>> simulate(const SimulatorOptions& options,
                                                const std::vector<std::shared_ptr<const Source>>& sources,
                                                const std::string& public_url) {
  auto simulation = Simulation::create(options, sources);
  if (!simulation) return std::unexpected(simulation.error());
  std::vector<SimulatedDelivery> out;
  for (;;) {
    auto delivery = simulation->next();
    if (!delivery) return std::unexpected(delivery.error());
    if (!*delivery) return out;
    if (auto done = simulation->sign(**delivery, public_url, (*delivery)->time_ms); !done)
      return std::unexpected(done.error());
    out.push_back(std::move(**delivery));
  }
}

}  // namespace hookswitch
