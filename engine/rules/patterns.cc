#include "engine/rules/patterns.h"

#include <fmt/format.h>

#include "engine/base/limits.h"

namespace hookswitch {
namespace {

RE2::Options options(RE2::Options::Encoding encoding) {
  RE2::Options out;
  out.set_encoding(encoding);
  out.set_log_errors(false);
  out.set_max_mem(limits::kRulePatternBytes);
  return out;
}

std::string cache_key(std::string_view pattern, bool anchors) { return (anchors ? "^" : "-") + std::string(pattern); }

}  // namespace

std::expected<const LuaPattern*, std::string> Patterns::lua(std::string_view pattern, bool anchors) {
  std::string key = cache_key(pattern, anchors);
  if (auto found = lua_.find(key); found != lua_.end()) return found->second.get();
  auto translation = translate(pattern, anchors);
  if (!translation) return std::unexpected(translation.error());

  ++compiled_;
  RE2::Options latin = options(RE2::Options::EncodingLatin1);
  latin.set_dot_nl(true);
  auto out = std::make_unique<LuaPattern>();
  out->expression = std::make_unique<RE2>(translation->expression, latin);
  if (!out->expression->ok()) return std::unexpected("malformed pattern (" + out->expression->error() + ")");
  out->is_position = std::move(translation->is_position);
  out->anchored = translation->anchored;
  out->literal = translation->literal;
  if (lua_.size() >= limits::kRulePatterns) lua_.clear();
  return (lua_[std::move(key)] = std::move(out)).get();
}

std::expected<const RE2*, std::string> Patterns::re2(std::string_view expression) {
  std::string key(expression);
  if (auto found = re2_.find(key); found != re2_.end()) return found->second.get();
  ++compiled_;
  auto out = std::make_unique<RE2>(key, options(RE2::Options::EncodingUTF8));
  if (!out->ok()) return std::unexpected(fmt::format("malformed expression ({})", out->error()));
  if (out->NumberOfCapturingGroups() > static_cast<int>(limits::kRulePatternGroups)) {
    return std::unexpected(fmt::format("the expression has {} groups, expected at most {}",
                                       out->NumberOfCapturingGroups(), limits::kRulePatternGroups));
  }
  if (re2_.size() >= limits::kRulePatterns) re2_.clear();
  return (re2_[std::move(key)] = std::move(out)).get();
}

}  // namespace hookswitch
