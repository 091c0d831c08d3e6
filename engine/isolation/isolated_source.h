// A source whose plugin runs in another process: every method is one question.
#pragma once

#include <memory>

#include "engine/isolation/isolated_plugin.h"

namespace hookswitch {

/// `spec` is known to a process of `home` already.
std::shared_ptr<Source> make_isolated_source(std::shared_ptr<const IsolatedPlugin> home, SourceSpec spec);

}  // namespace hookswitch
