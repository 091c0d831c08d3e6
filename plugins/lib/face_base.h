// What every part of the face does: keep results in the call's arena, and let nothing out but a status.
#pragma once

#include <cstring>
#include <exception>
#include <new>

namespace hookswitch::plugin {

/// Copies into the call's arena; empty when it is full.
inline hookswitch_str keep(hookswitch_call* call, std::string_view text) {
  if (text.empty()) return {};
  void* at = call->alloc(call, text.size());
  if (at == nullptr) return {};
  std::memcpy(at, text.data(), text.size());
  return {static_cast<const char*>(at), text.size()};
}

inline hookswitch_status failed(hookswitch_call* call, hookswitch_status status, std::string_view why) {
  call->error = keep(call, why);
  return status;
}

/// Runs a hook's body, which returns Outcome<void>; nothing leaves it but a status.
template <class Fn>
hookswitch_status guarded(hookswitch_call* call, Fn&& body) noexcept {
  try {
    Outcome<void> outcome = body();
    return outcome ? HOOKSWITCH_OK : failed(call, HOOKSWITCH_INVALID, outcome.error());
  } catch (const std::bad_alloc&) {
    return failed(call, HOOKSWITCH_LIMIT, "out of memory");
  } catch (const std::exception& error) {
    return failed(call, HOOKSWITCH_INTERNAL, error.what());
  } catch (...) {
    return failed(call, HOOKSWITCH_INTERNAL, "an exception that is no std::exception");
  }
}

/// Copies of headers in the arena; nullptr when it is full.
inline hookswitch_pair* keep(hookswitch_call* call, const std::vector<std::pair<std::string, std::string>>& headers) {
  auto* out = static_cast<hookswitch_pair*>(call->alloc(call, headers.size() * sizeof(hookswitch_pair)));
  if (out == nullptr) return nullptr;
  for (size_t i = 0; i < headers.size(); ++i) out[i] = {keep(call, headers[i].first), keep(call, headers[i].second)};
  return out;
}

}  // namespace hookswitch::plugin
