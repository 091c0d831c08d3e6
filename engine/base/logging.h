// Log lines for people or machines: spdlog, set up once at start, written to standard error.
#pragma once

#include <memory>
#include <string>

#include "engine/base/error.h"

namespace spdlog {
class formatter;
}

namespace hookswitch {

enum class LogFormat { text, json };

/// `level` is one of trace, debug, info, warn, error, off. May be called again, for a reload. [main]
/// The error names the levels there are.
Status set_up_logging(const std::string& level, LogFormat format);

/// What makes a message one line, whatever it holds; for tests.
std::unique_ptr<spdlog::formatter> log_formatter(LogFormat format);

/// One line as set_up_logging's json format writes it, without the line end; for tests. `when_ms` is UTC.
std::string json_log_line(int64_t when_ms, const std::string& level, const std::string& message);

}  // namespace hookswitch
