// The text of the file as YAML: one document, and what is wrong with it in words that help.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "engine/config/issues.h"

namespace hookswitch {

/// Its only document; a null node, with an issue, when there is none, or more than one, or no YAML at all, or when it is
/// too deep or, with its aliases followed, too large: whoever has it may follow them without a bound.
YAML::Node parse_yaml(const std::string& text, Issues& issues);

}  // namespace hookswitch
