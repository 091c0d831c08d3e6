// ENSURE(condition, "what {}", value): a broken promise between our own parts aborts, in release builds too.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace hookswitch {

template <class... Args>
[[noreturn]] void ensure_failed(const char* file, int line, const char* condition, fmt::format_string<Args...> format,
                                Args&&... args) {
  fmt::print(stderr, "{}:{}: ENSURE({}) failed: {}\n", file, line, condition,
             fmt::format(format, std::forward<Args>(args)...));
  std::abort();
}

}  // namespace hookswitch

#define ENSURE(condition, ...)                                                  \
  do {                                                                          \
    if (!(condition)) [[unlikely]] {                                            \
      ::hookswitch::ensure_failed(__FILE__, __LINE__, #condition, __VA_ARGS__); \
    }                                                                           \
  } while (0)
