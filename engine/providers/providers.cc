#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>

#include "engine/providers/loader.h"
#include "engine/providers/provider.h"
#include "engine/providers/source.h"
#include "engine/providers/static_plugins.h"

namespace hookswitch {

namespace {

namespace fs = std::filesystem;

/// What tells one content of a file from the next: a refused file is tried again once it changed.
struct FileStamp {
  int64_t bytes = -1, changed_ns = 0;
  uint64_t inode = 0, mode = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp stamp(const std::string& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {found.st_size, found.st_ctim.tv_sec * 1'000'000'000 + found.st_ctim.tv_nsec, found.st_ino, found.st_mode};
}

Result<std::vector<std::string>> shared_objects(const std::string& dir) {
  std::error_code error;
  std::vector<std::string> files;
  for (fs::directory_iterator at(dir, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".so") files.push_back(at->path().string());
  }
  if (error) return fail(Code::io, "read the plugin directory {}: {}", dir, error.message());
  std::ranges::sort(files);
  return files;
}

}  // namespace

struct Providers::State {
  struct Entry {
    LoadOutcome outcome;
    std::shared_ptr<Plugin> plugin;  // null when refused
    FileStamp stamp;
  };

  mutable std::mutex mutex;
  std::map<std::string, Entry> entries;  // by file
  std::string dir;

  std::shared_ptr<Plugin> find(const std::string& id) const {
    for (const auto& [file, entry] : entries) {
      if (entry.plugin && entry.plugin->id() == id) return entry.plugin;
    }
    return nullptr;
  }

  LoadOutcome keep(const std::string& file, Result<std::shared_ptr<Plugin>> loaded) {
    Entry entry{.outcome = {.file = file, .provider = "", .version = "", .abi = "", .capabilities = {}, .refused = ""},
                .plugin = nullptr,
                .stamp = stamp(file)};
    if (!loaded) {
      entry.outcome.refused = loaded.error().message;
    } else {
      const Plugin& plugin = **loaded;
      entry.outcome.provider = plugin.id();
      entry.outcome.version = plugin.version();
      entry.outcome.abi = plugin.abi();
      entry.outcome.capabilities = plugin.capabilities();
      if (find(plugin.id())) {
        entry.outcome.refused =
            fmt::format("load plugin {}: found a second plugin with the id {}, expected one per id", file, plugin.id());
      } else {
        entry.plugin = std::move(*loaded);
      }
    }
    entries[file] = entry;
    return entry.outcome;
  }

  /// Has nothing changed since the file was looked at, or is it in use?
  bool settled(const std::string& file) const {
    auto at = entries.find(file);
    return at != entries.end() && (at->second.plugin || at->second.stamp == stamp(file));
  }

  std::vector<LoadOutcome> load_new_files() {
    Result<std::vector<std::string>> files = shared_objects(dir);
    if (!files) {
      LoadOutcome outcome;
      outcome.file = dir;
      outcome.refused = files.error().message;
      return {outcome};
    }
    std::vector<LoadOutcome> outcomes;
    for (const std::string& file : *files) {
      if (!settled(file)) outcomes.push_back(keep(file, load_plugin(file)));
    }
    return outcomes;
  }
};

Providers::Providers() : state_(std::make_unique<State>()) {}
Providers::~Providers() = default;

std::vector<LoadOutcome> Providers::load_dir(const std::string& dir) {
  std::lock_guard lock(state_->mutex);
  state_->dir = dir;
  std::vector<LoadOutcome> outcomes;
  for (const auto& [name, entry] : static_plugins()) {
    std::string file = "(linked in) " + name;
    if (!state_->entries.contains(file)) outcomes.push_back(state_->keep(file, Plugin::adopt(entry)));
  }
  std::ranges::move(state_->load_new_files(), std::back_inserter(outcomes));
  return outcomes;
}

std::vector<LoadOutcome> Providers::rescan() {
  std::lock_guard lock(state_->mutex);
  if (state_->dir.empty()) return {};
  return state_->load_new_files();
}

LoadOutcome Providers::load_file(const std::string& file) {
  std::lock_guard lock(state_->mutex);
  if (auto at = state_->entries.find(file); at != state_->entries.end() && at->second.plugin) return at->second.outcome;
  return state_->keep(file, load_plugin(file));
}

Result<std::shared_ptr<Source>> Providers::create_source(const std::string& name, const std::string& provider,
                                                         const std::string& config) const {
  std::string known;
  std::lock_guard lock(state_->mutex);  // also while the plugin creates: it was promised one such call at a time
  std::shared_ptr<Plugin> plugin = state_->find(provider);
  for (const auto& [file, entry] : state_->entries) {
    if (entry.plugin) known += (known.empty() ? "" : ", ") + entry.plugin->id();
  }
  if (!plugin) {
    return fail(Code::not_found, "configure source {}: found no provider {}, expected one of: {}", name, provider,
                known.empty() ? "(no plugin is loaded)" : known);
  }
  return make_source(std::move(plugin), name, config);
}

std::vector<PluginInfo> Providers::list() const {
  std::lock_guard lock(state_->mutex);
  std::vector<PluginInfo> out;
  for (const auto& [file, entry] : state_->entries) {
    out.push_back({entry.outcome, entry.plugin ? entry.plugin->counters() : PluginCounters{},
                   entry.plugin ? entry.plugin->config_schema() : std::string()});
  }
  return out;
}

}  // namespace hookswitch
