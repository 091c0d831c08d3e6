// Ids that are made from what they are about, so that asking twice is asking once.
#include "engine/base/hash.h"
#include "engine/state/actions.h"
#include "engine/state/tasks.h"

namespace hookswitch {
namespace {

constexpr size_t kIdDigits = 24;

}  // namespace

std::string task_id_of(std::string_view tenant, std::string_view key) {
  return "task_" + to_hex(hash128(std::string(tenant) + '\0' + std::string(key))).substr(0, kIdDigits);
}

std::string action_id_of(std::string_view about) { return "axn_" + to_hex(hash128(about)).substr(0, kIdDigits); }

}  // namespace hookswitch
