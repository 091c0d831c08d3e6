#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>

#include "engine/providers/plugin_home.h"
#include "engine/providers/provider.h"
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
    std::shared_ptr<PluginHome> home;  // null when refused
    FileStamp stamp;
  };

  /// Held while a plugin is loaded or makes a source: it was promised one such call at a time, and may take long.
  /// Guards `dir` and `open`, and who adds an entry holds it too. Taken before `mutex`.
  mutable std::mutex one_at_a_time;
  std::string dir;
  PluginOpener open = open_at_home;

  /// Guards `entries`. Never held while a plugin works, since an event loop may wait for it.
  mutable std::mutex mutex;
  std::map<std::string, Entry> entries;  // by file

  std::shared_ptr<PluginHome> find(const std::string& id) const {
    std::lock_guard lock(mutex);
    for (const auto& [file, entry] : entries) {
      if (entry.home && entry.home->plugin()->id() == id) return entry.home;
    }
    return nullptr;
  }

  /// The ids of all that are loaded, for people.
  std::string known() const {
    std::lock_guard lock(mutex);
    std::string ids;
    for (const auto& [file, entry] : entries) {
      if (entry.home) ids += (ids.empty() ? "" : ", ") + entry.home->plugin()->id();
    }
    return ids.empty() ? "(no plugin is loaded)" : ids;
  }

  std::optional<Entry> at(const std::string& file) const {
    std::lock_guard lock(mutex);
    auto found = entries.find(file);
    return found == entries.end() ? std::nullopt : std::optional(found->second);
  }

  LoadOutcome load(const std::string& file) {
    const FileStamp before = stamp(file);  // what is written to it while it is opened is looked at again
    return keep(file, open(file), before);
  }

  LoadOutcome keep(const std::string& file, Result<std::shared_ptr<PluginHome>> opened, const FileStamp& seen = {}) {
    Entry entry;
    entry.outcome.file = file;
    entry.stamp = seen;
    if (!opened) {
      entry.outcome.refused = opened.error().message;
    } else {
      const Plugin& plugin = *(*opened)->plugin();
      entry.outcome.isolated = (*opened)->isolated();
      entry.outcome.provider = plugin.id();
      entry.outcome.version = plugin.version();
      entry.outcome.abi = plugin.abi();
      entry.outcome.capabilities = plugin.capabilities();
      if (find(plugin.id())) {
        entry.outcome.refused =
            fmt::format("load plugin {}: found a second plugin with the id {}, expected one per id", file, plugin.id());
      } else {
        entry.home = std::move(*opened);
      }
    }
    std::lock_guard lock(mutex);
    entries[file] = entry;
    return entry.outcome;
  }

  /// Has nothing changed since the file was looked at, or is it in use?
  bool settled(const std::string& file) const {
    auto entry = at(file);
    return entry && (entry->home || entry->stamp == stamp(file));
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
      if (!settled(file)) outcomes.push_back(load(file));
    }
    return outcomes;
  }
};

Providers::Providers() : state_(std::make_unique<State>()) {}
Providers::~Providers() = default;

void Providers::open_with(PluginOpener opener) {
  std::lock_guard turn(state_->one_at_a_time);
  state_->open = std::move(opener);
}

std::vector<LoadOutcome> Providers::load_dir(const std::string& dir) {
  std::lock_guard turn(state_->one_at_a_time);
  state_->dir = dir;
  std::vector<LoadOutcome> outcomes;
  for (const auto& [name, entry] : static_plugins()) {
    std::string file = "(linked in) " + name;
    if (!state_->at(file)) outcomes.push_back(state_->keep(file, at_home(Plugin::adopt(entry))));
  }
  std::ranges::move(state_->load_new_files(), std::back_inserter(outcomes));
  return outcomes;
}

std::vector<LoadOutcome> Providers::rescan() {
  std::lock_guard turn(state_->one_at_a_time);
  if (state_->dir.empty()) return {};
  return state_->load_new_files();
}

LoadOutcome Providers::load_file(const std::string& file) {
  std::lock_guard turn(state_->one_at_a_time);
  if (auto entry = state_->at(file); entry && entry->home) return entry->outcome;
  return state_->load(file);
}

Result<std::shared_ptr<Source>> Providers::create_source(const std::string& name, const std::string& provider,
                                                         const std::string& config) const {
  std::lock_guard turn(state_->one_at_a_time);
  std::shared_ptr<PluginHome> home = state_->find(provider);
  if (!home) {
    return fail(Code::not_found, "configure source {}: found no provider {}, expected one of: {}", name, provider,
                state_->known());
  }
  return home->create_source(name, config);
}

std::vector<PluginInfo> Providers::list() const {
  std::lock_guard lock(state_->mutex);
  std::vector<PluginInfo> out;
  for (const auto& [file, entry] : state_->entries) {
    PluginInfo info{.loaded = entry.outcome, .counters = {}, .processes = {}, .config_schema = ""};
    if (entry.home) {
      info.counters = entry.home->plugin()->counters();
      info.processes = entry.home->processes();
      info.config_schema = entry.home->plugin()->config_schema();
    }
    out.push_back(std::move(info));
  }
  return out;
}

}  // namespace hookswitch
