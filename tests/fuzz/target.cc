#include "tests/fuzz/target.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/base/logging.h"

namespace hookswitch::fuzz {

uint8_t Input::byte() {
  if (left_.empty()) return 0;
  auto out = static_cast<uint8_t>(left_.front());
  left_.remove_prefix(1);
  return out;
}

uint64_t Input::number() {
  uint64_t out = 0;
  for (int shift = 0; shift < 64; shift += 8) out |= uint64_t{byte()} << shift;
  return out;
}

std::string_view Input::line() {
  std::string_view out = left_.substr(0, left_.find('\n'));
  left_.remove_prefix(std::min(left_.size(), out.size() + 1));
  return out;
}

std::string_view Input::bytes(size_t bytes_max) {
  std::string_view out = left_.substr(0, bytes_max);
  left_.remove_prefix(out.size());
  return out;
}

std::vector<std::string_view> pieces(std::string_view text) {
  std::vector<std::string_view> out;
  for (uint64_t chance = hash64(text); !text.empty(); chance = hash64({}, chance)) {
    out.push_back(text.substr(0, 1 + chance % 64));
    text.remove_prefix(out.back().size());
  }
  return out;
}

}  // namespace hookswitch::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  auto silent = hookswitch::set_up_logging("off", hookswitch::LogFormat::text);
  ENSURE(silent, "{}", silent.error().message);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hookswitch::fuzz::try_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
