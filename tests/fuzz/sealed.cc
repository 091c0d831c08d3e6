// Sealed bytes: what was sealed opens, at its place and unchanged; nothing else does.
#include "engine/base/check.h"
#include "engine/sealing/keys.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {
namespace {

const Keys& keys() {
  static const std::shared_ptr<const Keys> made =
      Keys::make(std::string(kKeyBytes, 'n'), {std::string(kKeyBytes, 'r')}).value();
  return *made;
}

/// A text sealed, and one byte of it changed.
void try_sealing(Input in) {
  const size_t at = in.number();
  const uint8_t change = in.byte();
  std::string_view place = in.line(), text = in.rest();
  std::string sealed = keys().sealed(place, text);
  ENSURE(sealed.size() == text.size() + kSealBytes && key_id_of(sealed) == keys().newest(), "sealed");
  ENSURE(keys().opened(place, sealed) == text, "opened");
  ENSURE(!keys().opened(std::string(place) + "x", sealed), "opened at another place");
  if (change == 0) return;
  sealed[at % sealed.size()] ^= static_cast<char>(change);
  ENSURE(!keys().opened(place, sealed), "opened although byte {} was changed", at % sealed.size());
}

}  // namespace

// The first byte says what it is: bytes to be sealed, a key as people write it, or bytes that would be sealed ones.
void try_input(std::string_view input) {
  Input in(input);
  switch (in.byte()) {
    case 's':
      return try_sealing(in);
    case 'k':
      if (auto key = read_key(in.rest())) ENSURE(key->size() == kKeyBytes, "a key of {} bytes", key->size());
      return;
    default:
      ENSURE(!keys().opened("place", in.rest()), "opened what nobody sealed");
  }
}

}  // namespace hookswitch::fuzz
