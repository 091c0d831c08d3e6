// Reads a configuration from text with an environment made up by the test.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "engine/config/config.h"

namespace hookswitch::test {

inline ConfigReading read(const std::string& text, std::map<std::string, std::string> variables = {}) {
  return load_config_text(text, "test.yaml", [variables](const std::string& name) -> std::optional<std::string> {
    auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

/// The lines joined: what an operator would see.
inline std::string all(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

}  // namespace hookswitch::test
