// Cron expressions: the next time lies ahead, begins a minute, and nothing lies between.
#include "engine/config/cron.h"

#include <array>

#include "engine/base/check.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {
namespace {

constexpr std::array kZones = {
    "UTC", "Europe/Bucharest", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"};
constexpr int64_t kFromMs = 1'700'000'000'000;
constexpr int64_t kMinuteMs = 60'000;

}  // namespace

// Two bytes with the day, one with the zone, then the expression.
void try_input(std::string_view input) {
  Input in(input);
  const int64_t day = in.byte() + 256 * in.byte();
  const char* zone = kZones[in.byte() % kZones.size()];
  const int64_t from = kFromMs + day * 86'400'000 + in.byte() * 337'777;
  auto cron = Cron::parse(in.rest());
  if (!cron) {
    ENSURE(cron.error().code == Code::invalid, "{}", cron.error().message);
    return;
  }
  auto next = cron->next_after(from, zone);
  if (!next) return;
  ENSURE(*next > from && *next % kMinuteMs == 0, "{} after {} in {}", *next, from, zone);
  auto again = cron->next_after(*next - 1, zone);
  ENSURE(again == next, "{} and {} in {}", *next, again.value_or(0), zone);
}

}  // namespace hookswitch::fuzz
