// The outbox's actions on the processor's side: made by what asked for them, then moved by `result` records alone. What
// a provider said is read here, by its plugin, from the record: so the state can be made again from the log, and the
// same answer means the same thing then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/log/record.h"
#include "engine/processor/answers.h"
#include "engine/processor/directory.h"
#include "engine/providers/sources.h"
#include "engine/rules/event.h"
#include "engine/state/actions.h"
#include "engine/state/store.h"

namespace hookswitch {

/// Why an action has no source: none was named, and none is usual or the only one that can do it.
inline constexpr const char* kNoSourceCode = "no_source";

/// Why an action is refused whose id a call to somebody else has.
inline constexpr const char* kNotItsCallCode = "not_its_call";

/// Whether it can be sent at all. Errors: invalid, too_large.
Status check_action(const Action& asked);

/// Writes the row of a new action, and for one that places a call the call's row. `asked` has source, type, params and
/// what else is known; `next_ms` 0 is now, and what is `held` waits for a person. The id is made from `about`, which
/// names what asked and nothing else: asking again for the same changes nothing. Returns the id. Errors: those of
/// check_action().
Result<std::string> make_action(Writer& writer, const RecordView& record, std::string_view about, Action asked);

/// Writes the row of an action anew that `record` once made, as it was asked for, from what became of it: of a record
/// that is erased nothing else says that it asked.
Status remake_action(Writer& writer, const RecordView& record, Action asked);

/// The id of the call that an action of type "call" makes.
std::string call_of_action(std::string_view action_id);

/// Which source an action of this type goes to: `wanted` when it is not "", else `usual` if it can do it, else the only
/// one that can. Errors: invalid, and it says which there are.
Result<std::string> source_for(const Sources& sources, std::string_view type, std::string_view wanted,
                               std::string_view usual);

/// The same for what waits: while the usual source is not loaded it goes to no other. Errors: unavailable, while that
/// is so; those of source_for().
Result<std::string> source_when_due(const Sources& sources, std::string_view type, std::string_view wanted,
                                    std::string_view usual);

/// Which source what is accepted now will go to when it is due, whatever others are configured until then: "" where
/// only that time can tell, because the usual source is not loaded, or none that can do it. Errors: those of
/// source_for().
Result<std::string> source_to_keep(const Sources& sources, std::string_view type, std::string_view wanted,
                                   std::string_view usual);

/// Takes back what waits. False: it is being sent, or over.
bool cancel_action(Writer& writer, const RecordView& record, std::string_view id, const std::string& reason);
/// Gives up one of which nobody knows what became of it, where nobody can be asked any more. False: it is none.
bool give_up_unknown(Writer& writer, const RecordView& record, std::string_view id, const std::string& reason);
/// Lets one that is held, failed or refused be sent once more, as a person's word. False: it is none of these.
bool retry_action(Writer& writer, const RecordView& record, std::string_view id);

/// How long after it was sent the provider is asked what became of an action, if nothing delays that: then it is held.
int64_t longest_doubt_ms();

/// How long to wait before the next attempt: 2 s, doubled each time up to five minutes, and a part of itself that
/// depends on the id alone.
int64_t backoff_ms(std::string_view id, int attempt);

/// What a plugin is told of an action. The view refers to the other members and to the action.
struct ToldAction {
  std::string params, hook_url;
  ActionView view;
};
/// `hook_url` is where the provider reaches the source: public URL + "/hooks/" + source.
void tell(const Action& action, std::string hook_url, ToldAction& out);

/// What its plugin is told as the present of an attempt that was sent `waited_ms` ago or longer, when the clock says
/// `now_ms`: one that was set forward must not say that a list is complete by now.
int64_t surely_now_ms(const Action& action, int64_t waited_ms, int64_t now_ms);

/// A `result` record, by its headers:
///   ":name"     claim | answer | looked | lost         ":action"  whose        ":attempt"  which, from 1
///   claim       ":harmless" "1" when the built request may be sent twice; the record's source is "" where the action
///               has none: then it finds the only one that can do it, to be claimed for that, or is refused
///   answer      ":status" and the response's headers, its body as body; or ":error" and ":sent" no | maybe | never
///   looked      the same, of the request that reconciles; ":waited" how long ago the attempt was surely sent, ms
/// Who waits for the record is answered with a JSON object:
///   claim       {"granted": true}, or {"granted": false, "reason": ...}
///   others      {"status": the row's, "code": ..., "next_ms": ..., "denied": true when the account may not}
struct TakenResult {
  Answer answer;
  std::optional<Event> event;  // action.done, action.failed or action.unknown, for the rules
};

class ActionResults {  // [processor]
 public:
  ActionResults(const Sources& sources, const Directory& directory) : sources_(sources), directory_(directory) {}

  /// Errors: invalid, when the record is no result of an action.
  Result<TakenResult> take(Writer& writer, const RecordView& record) const;

  /// The event that take() or witness() made of a record, for one whose rules are to run again. Errors: not_found,
  /// when there is no such action any more; invalid, when no action's event has that id.
  Result<Event> event_again(const Reader& reader, const RecordView& record, std::string_view event_id) const;

  /// The attempt that this task's timer has just made, where the provider reported about it before: the event of that,
  /// for the rules, which could not tell then whose attempt it was.
  std::optional<Event> reported_before(const Reader& reader, const RecordView& timer) const;

  /// Something that a provider reports names an action: it was carried out, whatever its answer was. The event of
  /// that, for the rules; none when they know already, or the answer that is still to come brings it.
  std::optional<Event> witness(Writer& writer, const RecordView& record, std::string_view action_id) const;

 private:
  TakenResult claim(Writer& writer, const RecordView& record, Action action) const;
  TakenResult find_source(Writer& writer, const RecordView& record, Action action) const;
  TakenResult refuse(Writer& writer, const RecordView& record, Action action, const std::string& code,
                     const std::string& reason) const;
  TakenResult lost(Writer& writer, const RecordView& record, Action action) const;
  TakenResult answered(Writer& writer, const RecordView& record, Action action, bool looked) const;
  ActionOutcome read(const RecordView& record, const Action& action, bool looked) const;
  TakenResult settle(Writer& writer, const RecordView& record, Action action, const ActionOutcome& outcome,
                     bool looked) const;
  std::optional<Event> event_of(const RecordView& record, const Action& action) const;

  const Sources& sources_;
  const Directory& directory_;
};

}  // namespace hookswitch
