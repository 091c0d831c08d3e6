#include "engine/config/readers.h"

namespace hookswitch {
namespace {

constexpr std::string_view kExpected = "32 bytes as 64 hex digits or base64, as `openssl rand -hex 32` makes them";

}  // namespace

void read_encryption(Section section, std::shared_ptr<const Keys>& keys) {
  std::string newest;
  section.read_secret("key", newest);
  std::vector<std::string> retired = section.read_texts("retired_keys");
  section.finish();
  if (newest.empty()) {
    if (!retired.empty() && !section.has("key"))
      section.error("retired_keys", "them without a key", "encryption.key too");
    return;
  }
  auto first = read_key(newest);
  if (!first) section.error("key", "something else", kExpected);
  std::vector<std::string> others;
  for (const std::string& text : retired) {
    auto other = read_key(text);
    if (!other) return section.error("retired_keys", "something else", kExpected);
    others.push_back(std::move(*other));
  }
  if (!first) return;
  auto made = Keys::make(std::move(*first), std::move(others));
  if (!made) return section.error("retired_keys", "a key twice", "each key once");
  keys = std::move(*made);
}

}  // namespace hookswitch
