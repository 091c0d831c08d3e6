#include "engine/processor/command.h"

#include "engine/base/hash.h"
#include "engine/state/command_answers.h"

namespace hookswitch {
namespace {

constexpr int64_t kRememberMs = 86'400'000;
constexpr size_t kForgottenAtOnce = 16;

// Callers do not share keys.
std::string key_of(std::string_view by, std::string_view key) {
  return hash128(std::string(by) + '\0' + std::string(key));
}

std::string key_of(const RecordView& record) { return key_of(record.header(":by"), record.header(":key")); }

// What was asked for, without what the API made up for it: a token's id and secret are new each time.
std::string asked_by(const RecordView& record) {
  std::string body(record.body);
  if (record.header(":name") == "token.create") {
    Json wish = parse_json(body);
    if (wish.is_object()) {
      wish.erase("id");
      wish.erase("hash");
      body = dump(wish);
    }
  }
  return hash128(std::string(record.header(":name")) + '\0' + body);
}

const char* title(int status) {
  switch (status) {
    case 404:
      return "Not Found";
    case 409:
      return "Conflict";
    case 422:
      return "Unprocessable Content";
    default:
      return "Bad Request";
  }
}

}  // namespace

Answer command_done(int status, const Json& body) { return {status, "application/json", dump(body)}; }

Answer command_problem(int status, const std::string& detail) {
  return {status, "application/problem+json",
          dump(Json{{"type", "about:blank"}, {"title", title(status)}, {"status", status}, {"detail", detail}})};
}

bool command_may_see(const Json& body, std::string_view tenant) {
  std::string bound = body.value("tenant", "");
  return bound.empty() || bound == tenant;
}

std::optional<Answer> answered_before(const CommandContext& context) {
  if (context.record.header(":key").empty()) return std::nullopt;
  auto before = find_command_answer(context.writer, key_of(context.record));
  if (!before || before->time_ms + kRememberMs < context.record.time_ms) return std::nullopt;
  if (before->asked == asked_by(context.record)) return Answer{before->status, before->content_type, before->body};
  return command_problem(422, "Idempotency-Key: found one that was used for another request within the last day");
}

bool was_answered(const Reader& reader, const std::string& by, const std::string& key) {
  return !key.empty() && find_command_answer(reader, key_of(by, key)).has_value();
}

void remember_answer(const CommandContext& context, const Answer& answer) {
  if (context.record.header(":key").empty()) return;
  put_command_answer(
      context.writer, key_of(context.record),
      {context.record.time_ms, asked_by(context.record), answer.status, answer.content_type, answer.body});
  forget_command_answers(context.writer, context.record.time_ms - kRememberMs, kForgottenAtOnce);
}

}  // namespace hookswitch
