// What lists of a provider held, beside what its webhooks told: counted for the sync that found it, and marked on the
// call (reported_by), which is "webhook", "sync" or "both".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/processor/event_data.h"
#include "engine/rules/event.h"
#include "engine/state/store.h"

namespace hookswitch {

/// Kept in `seen` for an event that came from a list, until the webhook comes after all: it may know more.
constexpr std::string_view kImported = "import";

using CallIds = std::vector<std::pair<std::string, std::string>>;

/// Who has told us about the call with one of these ids so far.
enum class Teller { nobody, webhook, sync, both };
Teller teller_of(const Reader& reader, const CallIds& ids);

/// The call is in a list too, beside what `before` says.
void note_imported(Writer& writer, const CallIds& ids, Teller before);
/// A list shows the call with this id, and nothing about it is new.
void note_listed(Writer& writer, const std::string& kind, const std::string& value);

/// The sync says so where the call's agent is one that belongs to no tenant.
void note_strange_agent(Writer& writer, std::string_view sync, const CallIds& ids);

/// Whether the event is about a call from before `before_ms` that is not there: it was counted in its time and
/// forgotten with all that would tell, or would be forgotten at once.
bool is_forgotten(const Reader& reader, const Event& event, const EventData& data, int64_t before_ms);

enum class Imported { created, updated, skipped, failed };
/// `sync` is the id in the record's header ":sync"; "" counts nowhere.
void count_import(Writer& writer, std::string_view sync, Imported what);

}  // namespace hookswitch
