#include "engine/providers/plugin.h"

#include <algorithm>

#include "engine/providers/host.h"
#include "engine/providers/known_part.h"
#include "engine/providers/text.h"

namespace hookswitch {

namespace {

// What the first revision of each struct had: a plugin with less was cut off, not built earlier.
constexpr size_t kTableMin = offsetof(hookswitch_table, get_extension) + sizeof(hookswitch_table::get_extension);
constexpr size_t kDescriptorMin =
    offsetof(hookswitch_descriptor, event_type_count) + sizeof(hookswitch_descriptor::event_type_count);
constexpr size_t kStreamMin = offsetof(hookswitch_stream, abandon) + sizeof(hookswitch_stream::abandon);
constexpr size_t kRepliesMin = offsetof(hookswitch_replies, default_reply) + sizeof(hookswitch_replies::default_reply);
constexpr size_t kActionsMin = offsetof(hookswitch_actions, match) + sizeof(hookswitch_actions::match);
constexpr size_t kSyncsMin = offsetof(hookswitch_syncs, read) + sizeof(hookswitch_syncs::read);
constexpr size_t kSigningMin = offsetof(hookswitch_signing, sign) + sizeof(hookswitch_signing::sign);
constexpr size_t kSimulationMin = offsetof(hookswitch_simulation, play) + sizeof(hookswitch_simulation::play);
constexpr size_t kIdBytes = 32, kVersionBytes = 64, kTypesMax = 256, kNameBytes = 64, kErrorBytes = 1024;

Code code_of(hookswitch_status status) {
  return status == HOOKSWITCH_INVALID ? Code::invalid : status == HOOKSWITCH_LIMIT ? Code::too_large : Code::internal;
}

Status too_short(const char* what, size_t found, size_t expected) {
  if (found >= expected) return {};
  return fail(Code::invalid, "its {} is too short: found {} bytes, expected at least {}", what, found, expected);
}

Status hook_there(bool there, const char* name) {
  if (there) return {};
  return fail(Code::invalid, "a hook is missing: found no {}, expected a function", name);
}

Status plain_id(const std::string& id) {
  bool plain = std::ranges::all_of(
      id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
  if (plain && !id.empty() && id.size() <= kIdBytes) return {};
  return fail(Code::invalid, "its id is wrong: found \"{}\", expected 1 to {} of a-z, 0-9, _ and -",
              plain ? id : "other characters", kIdBytes);
}

Status plain_name(const char* what, std::string_view name) {
  bool plain = std::ranges::all_of(
      name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; });
  if (plain && !name.empty() && name.size() <= kNameBytes) return {};
  return fail(Code::invalid, "its {} has a wrong name: found \"{}\", expected 1 to {} of a-z, 0-9, _ and .", what,
              plain ? name.substr(0, 2 * kNameBytes) : "other characters", kNameBytes);
}

/// The names of action types or resources, at least one.
Result<std::vector<std::string>> names(const char* what, const hookswitch_str* list, size_t count) {
  if (count == 0 || count > kTypesMax || list == nullptr) {
    return fail(Code::invalid, "its {} names {} things, expected 1 to {}", what, list == nullptr ? 0 : count,
                kTypesMax);
  }
  std::vector<std::string> out;
  for (size_t i = 0; i < count; ++i) {
    if (Status plain = plain_name(what, to_view(list[i])); !plain) return std::unexpected(plain.error());
    out.emplace_back(to_view(list[i]));
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<Plugin>> Plugin::adopt(hookswitch_provider_fn entry) {
  const hookswitch_table* table = nullptr;
  try {
    table = entry(plugin_host());
  } catch (...) {
    return fail(Code::invalid, "{} let an exception out, expected a table", HOOKSWITCH_PROVIDER_SYMBOL);
  }
  if (table == nullptr) {
    return fail(Code::invalid, "it declined: found no table, expected one (does it need a newer engine?)");
  }
  std::shared_ptr<Plugin> plugin(new Plugin());
  Status taken = plugin->take_table(table);
  if (taken) taken = plugin->take_descriptor(plugin->table_.descriptor);
  if (taken) taken = plugin->take_extensions();
  if (taken) taken = plugin->take_actions();
  if (taken) taken = plugin->take_syncs();
  if (taken) taken = plugin->take_test_extensions();
  if (!taken) return std::unexpected(taken.error());
  return plugin;
}

Result<std::shared_ptr<Plugin>> Plugin::described(PluginDescription about) {
  if (Status plain = plain_id(about.id); !plain) return std::unexpected(plain.error());
  for (const auto& [what, list] :
       {std::pair{HOOKSWITCH_EXT_ACTION, &about.action_types}, std::pair{HOOKSWITCH_EXT_SYNC, &about.sync_resources}}) {
    for (const std::string& name : *list) {
      if (Status plain = plain_name(what, name); !plain) return std::unexpected(plain.error());
    }
  }
  about.version.resize(std::min(about.version.size(), kVersionBytes));
  std::shared_ptr<Plugin> plugin(new Plugin());
  plugin->about_ = std::move(about);
  return plugin;
}

Status Plugin::take_table(const hookswitch_table* table) {
  if (table->abi_major != HOOKSWITCH_ABI_MAJOR) {
    return fail(Code::invalid, "its interface is another: found major version {}, expected {}", table->abi_major,
                HOOKSWITCH_ABI_MAJOR);
  }
  if (Status fits = too_short("table", table->size, kTableMin); !fits) return fits;
  table_ = known_part(*table);
  about_.abi_major = table_.abi_major;
  about_.abi_minor = table_.abi_minor;
  for (auto [there, name] : {std::pair{table_.create != nullptr, "create"},
                             {table_.destroy != nullptr, "destroy"},
                             {table_.verify != nullptr, "verify"},
                             {table_.decode != nullptr, "decode"}}) {
    if (Status found = hook_there(there, name); !found) return found;
  }
  return {};
}

Status Plugin::take_descriptor(const hookswitch_descriptor* descriptor) {
  if (descriptor == nullptr) return fail(Code::invalid, "found no descriptor, expected one");
  if (Status fits = too_short("descriptor", descriptor->size, kDescriptorMin); !fits) return fits;
  hookswitch_descriptor known = known_part(*descriptor);
  about_.id = to_view(known.id).substr(0, 2 * kIdBytes);
  about_.version = to_view(known.version).substr(0, kVersionBytes);
  if (Status plain = plain_id(about_.id); !plain) return plain;
  if (known.event_type_count > kTypesMax) {
    return fail(Code::invalid, "it declares {} event types, expected at most {}", known.event_type_count, kTypesMax);
  }
  about_.config_schema = to_view(known.config_schema);
  about_.disable_rule = {known.disable_failures, known.disable_quiet_ms};
  for (size_t i = 0; i < known.event_type_count; ++i) about_.event_types.emplace_back(to_view(known.event_types[i]));
  return {};
}

Status Plugin::take_extensions() {
  if (table_.get_extension == nullptr) return {};
  if (auto* stream = static_cast<const hookswitch_stream*>(table_.get_extension(HOOKSWITCH_EXT_STREAM))) {
    if (Status fits = too_short(HOOKSWITCH_EXT_STREAM, stream->size, kStreamMin); !fits) return fits;
    stream_ = known_part(*stream);
    about_.streams = stream_.begin && stream_.update && stream_.finish && stream_.abandon;
    if (Status found = hook_there(about_.streams, HOOKSWITCH_EXT_STREAM " hook"); !found) return found;
  }
  if (auto* replies = static_cast<const hookswitch_replies*>(table_.get_extension(HOOKSWITCH_EXT_REPLY))) {
    if (Status fits = too_short(HOOKSWITCH_EXT_REPLY, replies->size, kRepliesMin); !fits) return fits;
    replies_ = known_part(*replies);
    about_.replies = replies_.render && replies_.default_reply;
    if (Status found = hook_there(about_.replies, HOOKSWITCH_EXT_REPLY " hook"); !found) return found;
  }
  return {};
}

Status Plugin::take_actions() {
  if (table_.get_extension == nullptr) return {};
  auto* actions = static_cast<const hookswitch_actions*>(table_.get_extension(HOOKSWITCH_EXT_ACTION));
  if (actions == nullptr) return {};
  if (Status fits = too_short(HOOKSWITCH_EXT_ACTION, actions->size, kActionsMin); !fits) return fits;
  actions_ = known_part(*actions);
  about_.acts = actions_.build && actions_.parse && (actions_.reconcile == nullptr) == (actions_.match == nullptr);
  if (Status found = hook_there(about_.acts, HOOKSWITCH_EXT_ACTION " hook"); !found) return found;
  about_.reconciles = actions_.reconcile != nullptr;
  auto types = names(HOOKSWITCH_EXT_ACTION, actions_.types, actions_.type_count);
  if (!types) return std::unexpected(types.error());
  about_.action_types = std::move(*types);
  return {};
}

Status Plugin::take_syncs() {
  if (table_.get_extension == nullptr) return {};
  auto* syncs = static_cast<const hookswitch_syncs*>(table_.get_extension(HOOKSWITCH_EXT_SYNC));
  if (syncs == nullptr) return {};
  if (Status fits = too_short(HOOKSWITCH_EXT_SYNC, syncs->size, kSyncsMin); !fits) return fits;
  syncs_ = known_part(*syncs);
  about_.syncs = syncs_.build && syncs_.read;
  if (Status found = hook_there(about_.syncs, HOOKSWITCH_EXT_SYNC " hook"); !found) return found;
  auto resources = names(HOOKSWITCH_EXT_SYNC, syncs_.resources, syncs_.resource_count);
  if (!resources) return std::unexpected(resources.error());
  about_.sync_resources = std::move(*resources);
  return {};
}

Status Plugin::take_test_extensions() {
  if (table_.get_extension == nullptr) return {};
  if (auto* signing = static_cast<const hookswitch_signing*>(table_.get_extension(HOOKSWITCH_EXT_SIGN))) {
    if (Status fits = too_short(HOOKSWITCH_EXT_SIGN, signing->size, kSigningMin); !fits) return fits;
    signing_ = known_part(*signing);
    about_.signs = signing_.sign != nullptr;
    if (Status found = hook_there(about_.signs, HOOKSWITCH_EXT_SIGN " hook"); !found) return found;
  }
  if (auto* simulation = static_cast<const hookswitch_simulation*>(table_.get_extension(HOOKSWITCH_EXT_SIMULATE))) {
    if (Status fits = too_short(HOOKSWITCH_EXT_SIMULATE, simulation->size, kSimulationMin); !fits) return fits;
    simulation_ = known_part(*simulation);
    about_.plays = simulation_.play != nullptr;
    if (Status found = hook_there(about_.plays, HOOKSWITCH_EXT_SIMULATE " hook"); !found) return found;
  }
  return {};
}

std::string Plugin::abi() const { return fmt::format("{}.{}", about_.abi_major, about_.abi_minor); }

std::vector<std::string> Plugin::capabilities() const {
  std::vector<std::string> out;
  if (about_.streams) out.emplace_back(HOOKSWITCH_EXT_STREAM);
  if (about_.replies) out.emplace_back(HOOKSWITCH_EXT_REPLY);
  if (about_.acts) out.emplace_back(HOOKSWITCH_EXT_ACTION);
  if (about_.syncs) out.emplace_back(HOOKSWITCH_EXT_SYNC);
  if (about_.signs) out.emplace_back(HOOKSWITCH_EXT_SIGN);
  if (about_.plays) out.emplace_back(HOOKSWITCH_EXT_SIMULATE);
  return out;
}

bool Plugin::may_emit(std::string_view type) const {
  if (type.size() > id().size() + 1 && type.starts_with(id()) && type[id().size()] == '.') return true;
  return std::ranges::find(about_.event_types, type) != about_.event_types.end();
}

void Plugin::count(const PluginCounters& more) const {
  calls_.fetch_add(more.calls, std::memory_order_relaxed);
  errors_.fetch_add(more.errors, std::memory_order_relaxed);
  breaches_.fetch_add(more.breaches, std::memory_order_relaxed);
}

std::unexpected<Error> Plugin::failure(const char* hook, hookswitch_status status, const hookswitch_call& call) const {
  if (status < HOOKSWITCH_INVALID || status > HOOKSWITCH_INTERNAL) {
    return breach(hook,
                  fmt::format("returned the status {}, expected {} to {}", status, HOOKSWITCH_OK, HOOKSWITCH_INTERNAL));
  }
  errors_.fetch_add(1, std::memory_order_relaxed);
  std::string_view said = to_view(call.error).substr(0, kErrorBytes);
  return fail(code_of(status), "provider {}: {}: {}", id(), hook, said.empty() ? "failed without saying why" : said);
}

std::unexpected<Error> Plugin::breach(const char* hook, const std::string& how) const {
  breaches_.fetch_add(1, std::memory_order_relaxed);
  return fail(Code::internal, "provider {}: {} broke the plugin contract: {}", id(), hook, how);
}

}  // namespace hookswitch
