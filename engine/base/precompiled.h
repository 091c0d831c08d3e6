// What nearly every file reads, read once for every folder: three quarters of compiling a file was reading these. No
// file counts on it; each includes what it uses.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

// Two things that a file would compile anew, used or not: half a second of its two. The literal ""_json, which nobody
// here writes, brings its parser along; as a template that is never called it does not.
#define _json(text, size) _json(text, size); template <class> nlohmann::json not_compiled(text, size)
#include <nlohmann/json.hpp>
#undef _json

// Formatting is in the library already, a hundred kilobytes of it, under the name that g++ gives it.
#ifndef __clang__
extern template void fmt::detail::vformat_to<char>(buffer<char>&, basic_string_view<char>,
                                                   basic_format_args<buffer_context<char>>, locale_ref);
#endif
