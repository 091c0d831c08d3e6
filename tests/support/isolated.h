// Tests of plugins run twice: with the plugins in this process, and in processes of their own.
#pragma once

#include <cstdlib>

#include "engine/isolation/isolated_plugin.h"

namespace hookswitch::test {

/// Processes of plugins are the program's; a test is another one.
inline IsolationOptions isolation_options() { return {.program = HOOKSWITCH_BINARY_DIR "/hookswitch"}; }

/// With HOOKSWITCH_ISOLATED in the environment; EngineProcess does the same.
inline void isolate_if_asked(Providers& providers) {
  if (std::getenv("HOOKSWITCH_ISOLATED") == nullptr) return;
  providers.open_with(isolating_opener(true, {}, isolation_options()));
}

}  // namespace hookswitch::test
