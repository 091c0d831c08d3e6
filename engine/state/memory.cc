#include "engine/state/memory.h"

#include "engine/base/limits.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

std::string memory_key(const Reader& reader, std::string_view rule, std::string_view key) {
  std::string out;
  put_key_text(out, rule);
  return out + bounded_key(reader.private_text(key));
}

}  // namespace

std::optional<std::string_view> get_memory(const Reader& reader, std::string_view rule, std::string_view key) {
  return reader.get(Table::memory, memory_key(reader, rule, key));
}

Status put_memory(Writer& writer, std::string_view rule, std::string_view key, std::string_view json) {
  if (json.size() > limits::kRuleStateBytes) {
    return fail(Code::too_large, "keep \"{}\" for rule {}: found {} bytes, expected at most {}", key, rule, json.size(),
                limits::kRuleStateBytes);
  }
  writer.put(Table::memory, memory_key(writer, rule, key), json);
  return {};
}

bool remove_memory(Writer& writer, std::string_view rule, std::string_view key) {
  return writer.del(Table::memory, memory_key(writer, rule, key));
}

}  // namespace hookswitch
