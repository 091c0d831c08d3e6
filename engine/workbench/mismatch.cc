#include "engine/workbench/mismatch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/base/time_text.h"

namespace hookswitch {
namespace {

constexpr size_t kLinesShown = 20;
constexpr size_t kValueBytes = 200;
constexpr int64_t kFirstTimeMs = 946'684'800'000;   // 2000
constexpr int64_t kLastTimeMs = 4'102'444'800'000;  // 2100

bool is_word(const std::string& key) {
  auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !key.empty() && std::isdigit(static_cast<unsigned char>(key[0])) == 0 && std::ranges::all_of(key, plain);
}

std::string field_path(const std::string& path, const std::string& key) {
  return is_word(key) ? path + "." + key : fmt::format("{}[{}]", path, dump(key));
}

std::string lua_text(const Json& value);

std::string lua_fields(const Json& value) {
  std::string out;
  for (const auto& [key, field] : value.items()) {
    std::string name = value.is_array() ? "" : is_word(key) ? key + " = " : fmt::format("[{}] = ", dump(key));
    out += (out.empty() ? "" : ", ") + name + lua_text(field);
    if (out.size() > kValueBytes) break;
  }
  return "{" + out + "}";
}

std::string lua_text(const Json& value) {
  if (value.is_structured()) return lua_fields(value);
  if (value.is_null()) return "json.null";
  if (value.is_number_integer() && value >= kFirstTimeMs && value <= kLastTimeMs) {
    return fmt::format("{} ({})", dump(value), rfc3339(value.get<int64_t>()));
  }
  return dump(value);
}

bool both_empty(const Json& left, const Json& right) {
  return left.is_structured() && right.is_structured() && left.empty() && right.empty();
}

class Walk {
 public:
  explicit Walk(Compare compare) : compare_(compare) {}

  void compare(const std::string& path, const Json* expected, const Json* got) {
    if (expected != nullptr && got != nullptr) {
      if (both_empty(*expected, *got) || *expected == *got) return;
      if (expected->is_object() && got->is_object()) return objects(path, *expected, *got);
      if (expected->is_array() && got->is_array()) return lists(path, *expected, *got);
      if (compare_ == Compare::part && expected->is_structured() && expected->empty() && got->is_structured()) return;
    }
    if (got == nullptr && (expected == nullptr || expected->is_null())) return;
    ++count_;
    if (lines_.size() == kLinesShown) return;
    lines_.push_back(fmt::format("{}: expected {}, got {}", path, text(expected), text(got)));
  }

  std::vector<std::string> lines() {
    if (count_ > lines_.size()) lines_.push_back(fmt::format("... and {} more differences", count_ - lines_.size()));
    return std::move(lines_);
  }

 private:
  static std::string text(const Json* value) { return value == nullptr ? "nil" : shown(*value); }

  void objects(const std::string& path, const Json& expected, const Json& got) {
    for (const auto& [key, value] : expected.items()) {
      auto found = got.find(key);
      compare(field_path(path, key), &value, found == got.end() ? nullptr : &*found);
    }
    if (compare_ == Compare::part) return;
    for (const auto& [key, value] : got.items()) {
      if (!expected.contains(key)) compare(field_path(path, key), nullptr, &value);
    }
  }

  void lists(const std::string& path, const Json& expected, const Json& got) {
    for (size_t i = 0; i < std::max(expected.size(), got.size()); ++i) {
      compare(fmt::format("{}[{}]", path, i + 1), i < expected.size() ? &expected[i] : nullptr,
              i < got.size() ? &got[i] : nullptr);
    }
  }

  const Compare compare_;
  size_t count_ = 0;
  std::vector<std::string> lines_;
};

const Json* pointer_to(const std::optional<Json>& value) { return value ? &*value : nullptr; }

}  // namespace

std::vector<std::string> mismatches(const std::string& what, const std::optional<Json>& expected,
                                    const std::optional<Json>& got, Compare compare) {
  Walk walk(compare);
  walk.compare(what, pointer_to(expected), pointer_to(got));
  return walk.lines();
}

std::string shown(const std::optional<Json>& value) {
  if (!value) return "nil";
  std::string text = lua_text(*value);
  return text.size() <= kValueBytes ? text : text.substr(0, kValueBytes) + "...";
}

}  // namespace hookswitch
