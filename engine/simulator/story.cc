#include "engine/simulator/story.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "engine/fixtures/names.h"
#include "engine/simulator/plots.h"

namespace hookswitch {
namespace {

constexpr auto kDays =
    std::to_array<std::string_view>({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"});
constexpr auto kTimes = std::to_array<std::string_view>({"9 am", "10:30 am", "noon", "2 pm", "3:15 pm", "5 pm"});
constexpr std::array kAreas{205, 212, 303, 305, 310, 312, 313, 315, 404, 405, 407, 408, 412, 413, 414,
                            415, 502, 503, 504, 512, 602, 603, 612, 614, 702, 703, 713, 801, 804, 901};

/// A person of whom nothing but the number is left to chance: the same number always has the same name.
struct Caller {
  std::string name, number;
};

Caller caller(int64_t which) {
  auto index = static_cast<size_t>(which);
  auto given = given_names(), family = family_names();
  return {
      .name = fmt::format("{} {}", given[index * 7 % given.size()], family[(index * 11 + index / 64) % family.size()]),
      .number = fmt::format("+1{}55501{:02}", kAreas[index % kAreas.size()], index / kAreas.size() % 100)};
}

const Plot& choose_plot(bool outbound, Dice& dice) {
  auto fits = [&](const Plot& plot) {
    return plot.direction == Plot::Direction::either || (plot.direction == Plot::Direction::outbound) == outbound;
  };
  int64_t total = 0;
  for (const Plot& plot : plots()) total += fits(plot) ? plot.weight : 0;
  int64_t left = dice.between(1, total);
  for (const Plot& plot : plots()) {
    if (fits(plot) && (left -= plot.weight) <= 0) return plot;
  }
  return plots().front();
}

using Words = std::vector<std::pair<std::string_view, std::string>>;

std::string filled(std::string_view text, const Words& words) {
  std::string out;
  while (!text.empty()) {
    size_t open = std::min(text.find('{'), text.size());
    out += text.substr(0, open);
    text.remove_prefix(open);
    if (text.empty()) break;
    size_t close = text.find('}');
    for (const auto& [name, value] : words) {
      if (text.substr(1, close - 1) == name) out += value;
    }
    text.remove_prefix(close + 1);
  }
  return out;
}

Json turns_of(const Plot& plot, const Words& words, Dice& dice, int64_t& secs) {
  Json turns = Json::array();
  for (const PlotTurn& turn : plot.turns) {
    std::string message = filled(turn.text, words);
    Json told{{"role", turn.role}, {"message", message.empty() ? Json() : Json(message)}, {"time_secs", secs}};
    if (!turn.tool.empty()) {
      told["tools"] =
          Json::array({{{"name", turn.tool}, {"params", Json::object()}, {"result", R"({"status":"ok"})"}}});
    }
    turns.push_back(std::move(told));
    secs += 1 + static_cast<int64_t>(message.size()) / 14 + dice.between(0, 12);
  }
  return turns;
}

void tell_talk(Json& story, const Plot& plot, const std::string& name, Dice& dice) {
  Words words{{"name", name},
              {"day", std::string(dice.one_of(std::span<const std::string_view>(kDays)))},
              {"time", std::string(dice.one_of(std::span<const std::string_view>(kTimes)))},
              {"amount", std::to_string(dice.between(12, 95))}};
  int64_t secs = 0;
  story["transcript"] = turns_of(plot, words, dice, secs);
  story["duration_secs"] = secs;
  story["summary"] = filled(plot.summary, words);
  story["title"] = plot.title;
  story["language"] = "en";
  story["success"] = plot.success.empty() ? Json() : Json(plot.success == "yes");
  if (!plot.outcome.empty()) story["data_collection"]["outcome"] = plot.outcome;
  if (!plot.success.empty()) story["evaluation"]["polite"] = "success";
  bool by_agent = !plot.turns.back().tool.empty();
  story["termination_reason"] = by_agent ? "end_call tool was called." : "Client disconnected.";
}

/// How a call ends that nobody took.
std::string_view unreached(bool outbound, Dice& dice) {
  int64_t throw_100 = dice.between(1, 100);
  if (outbound) return throw_100 <= 60 ? "no_answer" : throw_100 <= 88 ? "busy" : "failed";
  return throw_100 <= 50 ? "no_answer" : throw_100 <= 80 ? "canceled" : "busy";
}

}  // namespace

Json make_story(const StoryOptions& options, int64_t started_ms, Dice& dice) {
  const SimulatedTenant& tenant = dice.one_of(std::span(options.tenants));
  bool outbound = dice.happens(options.outbound);
  Caller person = caller(dice.between(0, std::min(options.callers, kCallersMax) - 1));
  Json story{{"id", dice.hex(32)},
             {"direction", outbound ? "outbound" : "inbound"},
             {"from", outbound ? tenant.number : person.number},
             {"to", outbound ? person.number : tenant.number},
             {"agent_id", tenant.agent_id},
             {"agent_name", "Simulated agent"},
             {"started_at", started_ms},
             {"ring_secs", dice.between(2, 24)},
             {"duration_secs", 0},
             {"variables", Json::object()}};
  if (!dice.happens(outbound ? 0.76 : 0.9)) {
    story["status"] = unreached(outbound, dice);
    return story;
  }
  const Plot& plot = choose_plot(outbound, dice);
  story["status"] = "completed";
  if (outbound) {
    story["answered_by"] = plot.machine ? "machine" : "human";
    story["variables"]["customer_name"] = person.name;
  }
  tell_talk(story, plot, person.name, dice);
  story["has_recording"] = dice.happens(0.4);
  if (options.audio_bytes > 0) story["audio_bytes"] = options.audio_bytes;
  return story;
}

}  // namespace hookswitch
