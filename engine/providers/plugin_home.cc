#include "engine/providers/plugin_home.h"

#include "engine/providers/loader.h"
#include "engine/providers/source.h"

namespace hookswitch {

namespace {

class AtHome final : public PluginHome {
 public:
  explicit AtHome(std::shared_ptr<const Plugin> plugin) : plugin_(std::move(plugin)) {}

  const std::shared_ptr<const Plugin>& plugin() const override { return plugin_; }
  Result<std::shared_ptr<Source>> create_source(const std::string& name, const std::string& config) const override {
    return make_source(plugin_, name, config);
  }

 private:
  std::shared_ptr<const Plugin> plugin_;
};

}  // namespace

Result<std::shared_ptr<PluginHome>> at_home(Result<std::shared_ptr<Plugin>> plugin) {
  if (!plugin) return std::unexpected(std::move(plugin.error()));
  return std::make_shared<AtHome>(std::move(*plugin));
}

Result<std::shared_ptr<PluginHome>> open_at_home(const std::string& file) { return at_home(load_plugin(file)); }

}  // namespace hookswitch
