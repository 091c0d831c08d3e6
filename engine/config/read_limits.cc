#include <limits>

#include "engine/config/readers.h"

namespace hookswitch {
namespace {

constexpr uint64_t kMapBytesMin = 16 * limits::kMiB;  // less does not hold one batch
constexpr int64_t kReplyDeadlineMaxMs = 60'000;       // no provider waits longer

// A duration, or `forever`, which is 0.
void read_age(Section& section, const std::string& key, int64_t& to) {
  std::string text;
  section.read(key, text);
  if (text == "forever") {
    to = 0;
  } else {
    section.read_duration(key, 1'000, to);
  }
}

}  // namespace

void read_recordings(Section section, RecordingsConfig& recordings) {
  if (auto word = section.read_word("fetch", {"on_demand", "always"})) recordings.always = *word == 1;
  if (auto word = section.read_word("delete_at_provider", {"true", "false"}))
    recordings.delete_at_provider = *word == 0;
  section.finish();
}

void read_retention(Section section, RetentionConfig& retention) {
  read_age(section, "log", retention.log_ms);
  read_age(section, "recordings", retention.recordings_ms);
  read_age(section, "calls", retention.calls_ms);
  read_age(section, "transcripts", retention.transcripts_ms);
  read_age(section, "activity", retention.activity_ms);
  section.read_size("log_size", kMapBytesMin, retention.log_bytes);
  section.finish();
}

void read_limits(Section section, LimitsConfig& to) {
  constexpr uint64_t kAny = std::numeric_limits<uint32_t>::max();
  section.read_size("body", 1 * limits::kKiB, to.body_bytes);
  section.read_count("connections", 1, 1'000'000, to.connections);
  section.read_count("streams", 0, 1'000'000, to.streams);
  section.read_size("rule_memory", 64 * limits::kKiB, to.rule_memory_bytes);
  section.read_count("rule_steps", 1'000, kAny * 1'000, to.rule_steps);
  section.read_duration("reply_deadline", 10, to.reply_deadline_ms, kReplyDeadlineMaxMs);
  section.read_count("lag", 0, kAny, to.lag_records);
  section.read_size("map_log", kMapBytesMin, to.map_log_bytes);
  section.read_size("map_state", kMapBytesMin, to.map_state_bytes);
  read_rates(section.section("rate"), to.rate);
  section.finish();
}

void read_log(Section section, LogConfig& log) {
  const std::vector<std::string> levels{"trace", "debug", "info", "warn", "error", "off"};
  if (auto word = section.read_word("level", levels)) log.level = levels[*word];
  if (auto word = section.read_word("format", {"text", "json"})) log.format = static_cast<LogFormat>(*word);
  section.finish();
}

}  // namespace hookswitch
