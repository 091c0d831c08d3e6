// What made-up calls are about: who says what, and what becomes of it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace hookswitch {

/// One turn. Texts may hold {name}, {day}, {time} and {amount}.
struct PlotTurn {
  std::string_view role;  // "agent" or "user"
  std::string_view text;
  std::string_view tool = {};  // that the agent uses with it
};

struct Plot {
  enum class Direction { inbound, outbound, either };
  std::string_view name;
  int weight = 1;  // how often, among those of its direction
  Direction direction = Direction::inbound;
  std::string_view outcome;  // collected by the provider; "" when it collected none
  std::string_view success;  // "yes", "no", or "" for unknown
  std::string_view summary;
  std::string_view title;
  std::vector<PlotTurn> turns;
  bool machine = false;  // an answering machine took the call
};

std::span<const Plot> plots();

}  // namespace hookswitch
