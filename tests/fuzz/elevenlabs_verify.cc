#include "tests/fuzz/delivery.h"

namespace hookswitch::fuzz {

void try_input(std::string_view input) {
  static const auto source = source_of("elevenlabs");
  check_verify(*source, read_delivery(input));
}

}  // namespace hookswitch::fuzz
