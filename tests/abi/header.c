/* The header alone, in C. */
#include "engine/abi/provider.h"

static const hookswitch_str kEmpty = {0, 0};
int hookswitch_header_compiles(const hookswitch_verdict* verdict);
int hookswitch_header_compiles(const hookswitch_verdict* verdict) {
  return HOOKSWITCH_HAS(verdict, hookswitch_verdict, body) && kEmpty.size == 0;
}
