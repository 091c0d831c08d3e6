#include "tests/fuzz/delivery.h"

namespace hookswitch::fuzz {

void try_input(std::string_view input) {
  static const auto source = source_of("elevenlabs");
  Delivery delivery = read_delivery(input);
  check_decode(*source, delivery, "delivery");
  check_decode(*source, delivery, "import");
}

}  // namespace hookswitch::fuzz
