// The header alone, in C++.
#include "engine/abi/provider.h"

int hookswitch_header_compiles(const hookswitch_verdict* verdict);
int hookswitch_header_compiles(const hookswitch_verdict* verdict) {
  return HOOKSWITCH_HAS(verdict, hookswitch_verdict, body);
}
