// What the outbox tells the log of an attempt: `result` records, read again by processor/actions.h.
#pragma once

#include <string>

#include "engine/log/record.h"
#include "engine/outbox/http_client.h"
#include "engine/state/actions.h"

namespace hookswitch {

/// "claim": attempt `attempt` is about to be sent.
NewRecord claim_record(const Action& action, int attempt, bool harmless, int64_t now_ms);
/// "lost": nobody knows what became of an attempt that was claimed.
NewRecord lost_record(const Action& action, int64_t now_ms);
/// `word` is "answer" or "looked": what came back. Cookies are not kept.
NewRecord answer_record(const char* word, const Action& action, int attempt, HttpResult result, int64_t now_ms);
/// The same for what can never be sent.
NewRecord never_record(const char* word, const Action& action, int attempt, const std::string& why, int64_t now_ms);

}  // namespace hookswitch
