// Parts of what is checked after a hook: texts, statuses, labels, headers, JSON. Each answers "" when all is well.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/abi/provider.h"
#include "engine/providers/provider.h"

namespace hookswitch {

constexpr size_t kCodeBytes = 64;                 // a metric label
constexpr size_t kSentenceBytes = 1024;           // a reason or message
constexpr int64_t kLastMs = 253'402'300'799'999;  // the end of the year 9999

/// One text of a result: where it came from, and the most it may be.
struct Field {
  const char* name;
  hookswitch_str text;
  size_t bytes_max;
};
std::string wrong_field(const Field& field);
std::string wrong_fields(std::initializer_list<Field> fields);

std::string wrong_status(const char* what, int status, int min, int max);

/// [a-z0-9_]+, fit to be a metric's label.
bool is_label(std::string_view text);

/// "" when `text` is one JSON object, which `parsed` gets when it is given. `name` is what it is called in the answer.
std::string wrong_object(const char* name, std::string_view text,
                         std::shared_ptr<const ParsedObject>* parsed = nullptr);

std::string wrong_headers(const hookswitch_pair* headers, size_t count);
HeaderList copied_headers(const hookswitch_pair* headers, size_t count);

}  // namespace hookswitch
