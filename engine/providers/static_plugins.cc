#include "engine/providers/static_plugins.h"

#ifdef HOOKSWITCH_STATIC_PLUGINS
#define PLUGIN(entry) extern "C" const hookswitch_table* entry(const hookswitch_host* host);
#include HOOKSWITCH_STATIC_PLUGINS
#undef PLUGIN
#endif

namespace hookswitch {

std::vector<std::pair<std::string, hookswitch_provider_fn>> static_plugins() {
  return {
#ifdef HOOKSWITCH_STATIC_PLUGINS
#define PLUGIN(entry) {#entry, entry},
#include HOOKSWITCH_STATIC_PLUGINS
#undef PLUGIN
#endif
  };
}

}  // namespace hookswitch
