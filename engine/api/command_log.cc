#include "engine/api/command_log.h"

#include "engine/api/auth.h"
#include "engine/api/problem.h"

namespace hookswitch {

void CommandLog::submit(Command command, Done done, const Headers& more) {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = clock_.now_ms();
  record.headers = {{":name", command.name}, {":by", command.by}};
  if (!command.from.empty()) record.headers.emplace_back(":from", command.from);
  record.headers.emplace_back(":salt", new_id(""));
  if (!command.key.empty()) record.headers.emplace_back(":key", command.key);
  record.headers.insert(record.headers.end(), more.begin(), more.end());
  record.body = dump(command.body);
  auto logged = [this, done](Result<uint64_t> seq) {
    if (!seq) return done(problem(seq.error()));
    int64_t deadline_us = clock_.steady_us() + wait_ms_ * 1000;
    wait_(*seq, deadline_us, [done, seq = *seq](std::optional<Response> answer) {
      done(answer ? std::move(*answer) : json_answer({{"accepted", true}, {"seq", seq}}, 202));
    });
  };
  if (auto queued = log_.append(record, std::move(logged)); !queued) done(problem(queued.error()));
}

}  // namespace hookswitch
