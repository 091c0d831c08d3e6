#include "engine/config/cron.h"
#include "engine/config/readers.h"

namespace hookswitch {
namespace {

void read_sync(Section section, SyncConfig& sync) {
  section.read("schedule", sync.schedule);
  section.read("timezone", sync.timezone);
  if (auto word = section.read_word("after_downtime", {"true", "false"})) sync.after_downtime = *word == 0;
  auto cron = Cron::parse(sync.schedule);
  if (!sync.schedule.empty() && !cron) {
    section.error("schedule", "\"" + sync.schedule.substr(0, 80) + "\"", cron.error().message);
  }
  if (cron && !cron->next_after(0, sync.timezone)) {
    const bool zone_known = Cron::parse("* * * * *")->next_after(0, sync.timezone).has_value();
    if (zone_known) section.refuse("schedule", "a schedule that comes within five years");
    if (!zone_known) section.refuse("timezone", "an IANA time zone");
  }
  section.finish();
}

}  // namespace

void read_syncs(Section section, const std::vector<SourceConfig>& sources, std::map<std::string, SyncConfig>& syncs) {
  for (const std::string& source : section.keys()) {
    check_source(section, source, sources);
    read_sync(section.section(source), syncs[source]);
  }
}

}  // namespace hookswitch
