#include "engine/base/error.h"

namespace hookswitch {

const char* name(Code code) {
  switch (code) {
    case Code::invalid:
      return "invalid";
    case Code::not_found:
      return "not_found";
    case Code::conflict:
      return "conflict";
    case Code::denied:
      return "denied";
    case Code::too_large:
      return "too_large";
    case Code::unavailable:
      return "unavailable";
    case Code::timeout:
      return "timeout";
    case Code::corrupt:
      return "corrupt";
    case Code::io:
      return "io";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace hookswitch
