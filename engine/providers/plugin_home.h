// Where a plugin's code runs: in this process, or in others.
#pragma once

#include <memory>
#include <string>

#include "engine/providers/plugin.h"
#include "engine/providers/provider.h"

namespace hookswitch {

/// One plugin and how sources of it are made. [any]
class PluginHome {
 public:
  virtual ~PluginHome() = default;

  /// What it says of itself, its counters, and what its results are checked against.
  virtual const std::shared_ptr<const Plugin>& plugin() const = 0;

  /// `config` is the JSON text of the source's settings; one call at a time.
  virtual Result<std::shared_ptr<Source>> create_source(const std::string& name, const std::string& config) const = 0;

  virtual bool isolated() const { return false; }
  virtual PluginProcesses processes() const { return {}; }
};

/// The plugin runs in this process.
Result<std::shared_ptr<PluginHome>> at_home(Result<std::shared_ptr<Plugin>> plugin);

/// Loads `file` into this process, for the rest of it. [main]
Result<std::shared_ptr<PluginHome>> open_at_home(const std::string& file);

}  // namespace hookswitch
