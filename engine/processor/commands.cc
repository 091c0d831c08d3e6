// Commands: changes that people ask for through the API or the command line, carried out in log order like everything.
#include <fmt/format.h>

#include "engine/base/limits.h"
#include "engine/processor/handler.h"
#include "engine/state/tokens.h"

namespace hookswitch {
namespace {

constexpr size_t kLettersPerCommand = 1'000;  // more are left for the next command, and counted

Answer problem(int status, const std::string& detail) {
  return {status, "application/problem+json",
          dump(Json{{"type", "about:blank"},
                    {"title", status == 404 ? "Not Found" : "Bad Request"},
                    {"status", status},
                    {"detail", detail}})};
}

Answer done(int status, const Json& body) { return {status, "application/json", dump(body)}; }

Answer create_token(Writer& writer, const Json& body, int64_t time_ms) {
  Token token;
  token.id = body.value("id", "");
  token.hash = body.value("hash", "");
  token.role = body.value("role", "");
  token.tenant = body.value("tenant", "");
  token.created_ms = time_ms;
  put_token(writer, token);
  return done(201, token.to_json());
}

Answer revoke_token(Writer& writer, const Json& body, int64_t time_ms) {
  auto token = find_token(writer, body.value("id", ""));
  if (!token) return problem(404, fmt::format("revoke token {}: found no such token", body.value("id", "")));
  if (!token->revoked_ms) token->revoked_ms = time_ms;
  put_token(writer, *token);
  return done(200, token->to_json());
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

DeadId id_of(const DeadLetter& letter) { return {letter.seq, letter.index}; }

}  // namespace

void RecordHandler::handle_command(Writer& writer, const RecordView& record, RuleSet& rules,
                                   std::vector<Outcome>& outcomes) {
  std::string_view command = record.header(":name");
  Json body = Json::parse(record.body, nullptr, false);
  Answer answer;
  if (!body.is_object()) {
    answer = problem(400, fmt::format("command {}: found a body that is no JSON object", command));
  } else if (command == "token.create") {
    answer = create_token(writer, body, record.time_ms);
  } else if (command == "token.revoke") {
    answer = revoke_token(writer, body, record.time_ms);
  } else if (command == "dead.redrive") {
    answer = done(200, redrive(writer, body, rules));
  } else if (command == "dead.drop") {
    auto letters = chosen(writer, body);
    for (const DeadLetter& letter : letters) remove_dead(writer, id_of(letter));
    answer = done(200, Json{{"dropped", letters.size()}, {"left", count_dead(writer)}});
  } else {
    metrics_.dead("command");
    bury(writer, record, nullptr, fmt::format("command {}: not one of this engine", command), "");
    answer = problem(400, fmt::format("command {}: not one of this engine", command));
  }
  outcomes.push_back({record.seq, std::move(answer)});
}

Json RecordHandler::redrive(Writer& writer, const Json& choice, RuleSet& rules) {
  size_t redriven = 0;
  size_t failed = 0;
  for (const DeadLetter& letter : chosen(writer, choice)) redrive_one(writer, letter, rules) ? ++redriven : ++failed;
  return {{"redriven", redriven}, {"failed", failed}, {"left", count_dead(writer)}};
}

// True when the letter is dead no more. One that dies again keeps its place with the new reason.
bool RecordHandler::redrive_one(Writer& writer, const DeadLetter& letter, RuleSet& rules) {
  bool alive = false;
  auto again = [&](const RecordView& record) {
    if (record.seq != letter.seq) return false;
    remove_dead(writer, id_of(letter));
    auto events = decoder_.decode(record);
    if (!events) {
      bury(writer, record, nullptr, events.error().message, "");
      return false;
    }
    alive = true;
    for (const Event& event : *events) {
      if (!letter.event_id.empty() && event.index != letter.index) continue;
      // Died while it was decoded: its events were never seen, so they go the usual way, duplicates and all.
      std::vector<Outcome> nobody_waits;
      if (letter.event_id.empty()) {
        handle_event(writer, record, event, rules, nobody_waits);
        alive = alive && !find_dead(writer, {record.seq, event.index});
        continue;
      }
      Answer unsent;
      auto failure = process(writer, record, event, rules, unsent);
      if (failure) bury(writer, record, &event, failure->reason, failure->culprit);
      alive = !failure;
    }
    return false;
  };
  auto read = log_.read(letter.seq, 1, again);
  return read && alive;
}

}  // namespace hookswitch
