#include "engine/state/command_answers.h"

#include <vector>

#include "engine/base/bytes.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

constexpr size_t kAnswerHashBytes = 16;

std::string answer_key(std::string_view key) { return std::string("k").append(key); }

std::string time_key(int64_t time_ms, std::string_view key) {
  std::string out = "t";
  put_ordered_i64(out, time_ms);
  return out.append(key);
}

}  // namespace

std::optional<CommandAnswer> find_command_answer(const Reader& reader, std::string_view key) {
  auto row = reader.get(Table::commands, answer_key(key));
  if (!row) return std::nullopt;
  ByteReader in(*row);
  CommandAnswer answer;
  answer.time_ms = in.le<int64_t>();
  answer.asked = in.bytes(kAnswerHashBytes);
  answer.status = in.le<int32_t>();
  answer.content_type = in.sized();
  answer.body = in.sized();
  return in.ok() ? std::optional(std::move(answer)) : std::nullopt;
}

void put_command_answer(Writer& writer, std::string_view key, const CommandAnswer& answer) {
  std::string row;
  put_le(row, answer.time_ms);
  row += answer.asked;
  put_le(row, answer.status);
  put_sized(row, answer.content_type);
  put_sized(row, answer.body);
  writer.put(Table::commands, answer_key(key), row);
  writer.put(Table::commands, time_key(answer.time_ms, key), {});
}

void forget_command_answers(Writer& writer, int64_t before_ms, size_t limit) {
  std::vector<std::string> old;
  writer.scan_prefix(Table::commands, "t", [&](std::string_view key, std::string_view) {
    if (old.size() == limit || key.size() < kTaggedTimeBytes) return false;
    if (get_ordered_i64(key.data() + 1) >= before_ms) return false;
    old.emplace_back(key);
    return true;
  });
  for (const std::string& key : old) {
    writer.del(Table::commands, answer_key(std::string_view(key).substr(kTaggedTimeBytes)));
    writer.del(Table::commands, key);
  }
}

}  // namespace hookswitch
