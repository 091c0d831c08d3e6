#include "engine/providers/host.h"

#include <spdlog/spdlog.h>

#include <cstring>
#include <string_view>

namespace hookswitch {

namespace {

const void* host_extension(const hookswitch_host*, const char* id) {
  if (std::strcmp(id, HOOKSWITCH_EXT_CRYPTO) == 0) return crypto_services();
  if (std::strcmp(id, HOOKSWITCH_EXT_LOG) == 0) return log_services();
  return nullptr;
}

void write_line(int32_t level, hookswitch_str who, hookswitch_str line) noexcept {
  std::string_view name(who.data, who.size), text(line.data, line.size);
  spdlog::log(level == HOOKSWITCH_LOG_WARN ? spdlog::level::warn : spdlog::level::info, "plugin {}: {}", name, text);
}

}  // namespace

const hookswitch_log* log_services() {
  static const hookswitch_log services{sizeof services, write_line};
  return &services;
}

const hookswitch_host* plugin_host() {
  static const hookswitch_host host{
      sizeof host, HOOKSWITCH_ABI_MAJOR, HOOKSWITCH_ABI_MINOR, {"0.1.0", 5}, host_extension};
  return &host;
}

}  // namespace hookswitch
