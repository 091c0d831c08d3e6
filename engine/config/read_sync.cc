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
    section.refuse("timezone", "an IANA time zone, and a schedule that ever comes");
  }
  section.finish();
}

}  // namespace

void read_syncs(Section section, std::map<std::string, SyncConfig>& syncs) {
  for (const std::string& source : section.keys()) read_sync(section.section(source), syncs[source]);
}

}  // namespace hookswitch
