#include "engine/base/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>

#include "engine/base/json.h"
#include "engine/base/printable.h"
#include "engine/base/time_text.h"

namespace hookswitch {
namespace {

// A message may hold anything, so JSON is written by a JSON writer and not by a pattern.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    auto since_epoch = std::chrono::duration_cast<std::chrono::milliseconds>(line.time.time_since_epoch());
    auto level = spdlog::level::to_string_view(line.level);
    std::string text = json_log_line(since_epoch.count(), std::string(level.data(), level.size()),
                                     std::string(line.payload.data(), line.payload.size()));
    out.append(text.data(), text.data() + text.size());
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

// A message may hold anything, also what would look like another line or speak to the terminal.
class TextFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    const std::string_view text(line.payload.data(), line.payload.size());
    if (is_printable(text)) return pattern_.format(line, out);
    const std::string escaped = printable(text);
    spdlog::details::log_msg shown = line;
    shown.payload = escaped;
    pattern_.format(shown, out);
    line.color_range_start = shown.color_range_start;
    line.color_range_end = shown.color_range_end;
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<TextFormatter>(); }

 private:
  spdlog::pattern_formatter pattern_{"%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v", spdlog::pattern_time_type::utc};
};

}  // namespace

std::unique_ptr<spdlog::formatter> log_formatter(LogFormat format) {
  if (format == LogFormat::json) return std::make_unique<JsonFormatter>();
  return std::make_unique<TextFormatter>();
}

std::string json_log_line(int64_t when_ms, const std::string& level, const std::string& message) {
  return dump(Json{{"time", rfc3339(when_ms)}, {"level", level}, {"message", message}});
}

Status set_up_logging(const std::string& level, LogFormat format) {
  auto parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off") {
    return fail(Code::invalid, "set up logging: found level {}, expected trace, debug, info, warn, error or off",
                level);
  }
  auto logger = std::make_shared<spdlog::logger>("hookswitch", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_formatter(log_formatter(format));
  logger->set_level(parsed);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

}  // namespace hookswitch
