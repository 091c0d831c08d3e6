// A call goes with all that hangs on it. What it contributed to key figures stays counted: those are numbers of nobody.
#pragma once

#include <cstddef>
#include <string>

#include "engine/state/store.h"

namespace hookswitch {

struct ForgottenCall {
  size_t activities = 0;
  bool transcript = false;
  bool recording = false;
  bool call = false;  // there was one
};

/// Clients of the change feed are told. Error: corrupt, when its rows cannot be read.
Result<ForgottenCall> forget_call(Writer& writer, const std::string& call_id);

}  // namespace hookswitch
