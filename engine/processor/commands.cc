// Command records: which function carries each out, and those about dead letters.
#include <fmt/format.h>

#include "engine/base/limits.h"
#include "engine/processor/audit.h"
#include "engine/processor/command_event.h"
#include "engine/processor/handler.h"
#include "engine/state/seen.h"

namespace hookswitch {
namespace {

constexpr int kFirstProblem = 400;            // status of an answer
constexpr size_t kLettersPerCommand = 1'000;  // more are left for the next command, and counted
constexpr size_t kReasonsPerAnswer = 20;      // why letters stayed dead

// Every command but those about dead letters, which need the rules.
const Commands& commands() {
  static const Commands kAll = [] {
    Commands all;
    for (Commands some : {token_commands(), acting_commands(), people_commands(), task_commands(), campaign_commands(),
                          sync_commands(), note_commands(), erasure_commands()})
      all.merge(some);
    return all;
  }();
  return kAll;
}

// The dead letters a command means: named ones, or those that a filter lets through.
std::vector<DeadLetter> chosen(const Reader& reader, const Json& choice) {
  std::vector<DeadLetter> out;
  for (const Json& id : choice.value("ids", Json::array())) {
    auto parsed = id.is_string() ? parse_dead_id(id.get<std::string>()) : std::nullopt;
    auto letter = parsed ? find_dead(reader, *parsed) : std::nullopt;
    if (letter && out.size() < kLettersPerCommand) out.push_back(std::move(*letter));
  }
  if (choice.contains("ids")) return out;
  DeadFilter filter{choice.value("source", ""), choice.value("type", "")};
  std::string cursor;
  do {
    auto page = dead_page(reader, filter, cursor, limits::kPageRows);
    if (!page) break;
    for (const Json& row : page->rows) out.push_back(DeadLetter::from_json(row));
    cursor = page->next_cursor;
  } while (!cursor.empty() && out.size() < kLettersPerCommand);
  if (out.size() > kLettersPerCommand) out.resize(kLettersPerCommand);
  return out;
}

// While it lives, what records do is done at a command's time.
class DoneAt {
 public:
  DoneAt(int64_t& at_ms, int64_t time_ms) : at_ms_(at_ms) { at_ms_ = time_ms; }
  ~DoneAt() { at_ms_ = 0; }
  DoneAt(const DoneAt&) = delete;
  DoneAt& operator=(const DoneAt&) = delete;

 private:
  int64_t& at_ms_;
};

DeadId id_of(const DeadLetter& letter) { return {letter.seq, letter.index}; }

// Why it is still one after a redrive.
std::string why_still_dead(const Reader& reader, const DeadLetter& letter, uint64_t first_seq) {
  if (letter.seq < first_seq) {
    return fmt::format("redrive record {}: it is trimmed from the log, which begins with record {}", letter.seq,
                       first_seq);
  }
  auto stays = find_dead(reader, id_of(letter));
  return stays ? stays->reason : letter.reason;
}

}  // namespace

void RecordHandler::handle_command(Writer& writer, const RecordView& record, RuleSet& rules,
                                   std::vector<Outcome>& outcomes) {
  CommandContext context{writer, record, decoder_.sources(), directory_};
  if (auto before = answered_before(context)) return outcomes.push_back({record.seq, std::move(*before)});
  Answer answer = carry_out(context, rules);
  note_audit(context, answer);
  remember_answer(context, answer);
  auto event = answer.status < kFirstProblem ? command_event(record, &answer) : std::nullopt;
  outcomes.push_back({record.seq, std::move(answer)});
  if (event) handle_event(writer, record, *event, rules, outcomes);
}

Answer RecordHandler::carry_out(const CommandContext& context, RuleSet& rules) {
  std::string_view command = context.record.header(":name");
  Json body = parse_json(context.record.body);
  if (!body.is_object()) return command_problem(400, fmt::format("command {}: found no JSON object", command));
  if (auto found = commands().find(command); found != commands().end()) return found->second(context, body);
  if (command == "dead.redrive") return command_done(200, redrive(context, body, rules));
  if (command == "dead.drop") {
    auto letters = chosen(context.writer, body);
    for (const DeadLetter& letter : letters) remove_dead(context.writer, id_of(letter));
    return command_done(200, Json{{"dropped", letters.size()}, {"left", count_dead(context.writer)}});
  }
  std::string reason = fmt::format("command {}: not one of this engine", command);
  metrics_.dead("command");
  bury(context.writer, context.record, nullptr, reason, "");
  return command_problem(400, reason);
}

Json RecordHandler::redrive(const CommandContext& context, const Json& choice, RuleSet& rules) {
  Writer& writer = context.writer;
  const DoneAt now(redriven_ms_, context.record.time_ms);
  size_t redriven = 0;
  size_t failed = 0;
  Json reasons = Json::array();
  for (const DeadLetter& letter : chosen(writer, choice)) {
    if (redrive_one(writer, letter, rules)) {
      ++redriven;
    } else if (++failed <= kReasonsPerAnswer) {
      reasons.push_back({{"id", letter.id()}, {"reason", why_still_dead(writer, letter, log_.stats().first_seq)}});
    }
  }
  Json out{{"redriven", redriven}, {"failed", failed}, {"left", count_dead(writer)}};
  if (failed > 0) out["reasons"] = std::move(reasons);
  return out;
}

// True when the letter is dead no more. One that dies again keeps its place with the new reason.
bool RecordHandler::redrive_one(Writer& writer, const DeadLetter& letter, RuleSet& rules) {
  auto again = [&](const RecordView& record) {
    if (record.seq != letter.seq) return false;
    remove_dead(writer, id_of(letter));
    letter.event_id.empty() ? redrive_record(writer, record, letter, rules)
                            : redrive_event(writer, record, letter, rules);
    return false;
  };
  auto read = log_.read(letter.seq, 1, again);
  return read && !find_dead(writer, id_of(letter));
}

// Died before it had an event: so it goes the usual way, duplicates and all.
void RecordHandler::redrive_record(Writer& writer, const RecordView& record, const DeadLetter& letter, RuleSet& rules) {
  std::vector<Outcome> nobody_waits;
  if (record.kind == RecordKind::command || record.kind == RecordKind::result)
    return handle(writer, record, rules, nobody_waits);
  auto events = decoder_.decode(record);
  if (!events) return bury(writer, record, nullptr, events.error().message, letter.culprit);
  for (const Event& event : *events) handle_event(writer, record, event, rules, nobody_waits);
}

void RecordHandler::redrive_event(Writer& writer, const RecordView& record, const DeadLetter& letter, RuleSet& rules) {
  auto event = event_of(writer, record, letter);
  if (!event) {
    DeadLetter stays = letter;
    stays.reason = event.error().message;
    return put_dead(writer, stays);
  }
  auto seen = find_seen(writer, seen_hash(*event));
  if (record.kind == RecordKind::delivery && seen && seen->seq < record.seq)
    return complete(writer, record, *event, rules);
  Answer unsent;
  auto failure = process(writer, record, *event, rules, unsent);
  if (failure) bury(writer, record, &*event, failure->reason, failure->culprit);
}

Result<Event> RecordHandler::event_of(const Reader& reader, const RecordView& record, const DeadLetter& letter) const {
  if (record.kind == RecordKind::result || letter.index >= limits::kEventsPerRecord) {
    auto event = results_.event_again(reader, record, letter.event_id);
    if (event) event->index = letter.index;
    return event;
  }
  if (record.kind == RecordKind::command) {
    if (auto event = command_event(record, nullptr)) return std::move(*event);
    return fail(Code::not_found, "redrive record {}: rules are told nothing of this command now", record.seq);
  }
  auto events = decoder_.decode(record);
  if (!events) return std::unexpected(events.error());
  auto found = std::ranges::find(*events, letter.index, &Event::index);
  if (found != events->end()) return std::move(*found);
  return fail(Code::not_found, "redrive event {} of record {}: the record has {} events now", letter.index, record.seq,
              events->size());
}

}  // namespace hookswitch
