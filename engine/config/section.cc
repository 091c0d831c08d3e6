#include "engine/config/section.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "engine/base/nearest.h"
#include "engine/config/units.h"

namespace hookswitch {
namespace {

template <class T>
std::optional<T> parse_number(const std::string& text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n") == std::string::npos; }

}  // namespace

std::string resolved(const ReadContext& context, const YAML::Node& scalar, const std::string& name) {
  Issues& issues = context.unread != nullptr ? *context.unread : context.issues;
  const size_t before = issues.errors().size();
  std::string out = resolve_references(scalar.Scalar(), context.environment, issues, line_of(scalar), name);
  return context.unread != nullptr && issues.errors().size() > before ? kUnread : out;
}

std::string resolved_secret(const ReadContext& context, const YAML::Node& scalar, const std::string& name) {
  const size_t before = context.issues.errors().size();
  std::string out = resolved(context, scalar, name);
  if (context.issues.errors().size() > before) return out;
  if (is_blank(out)) {
    context.issues.error(line_of(scalar), name, "an empty secret", "one that nobody guesses");
  } else if (scalar.Scalar().find("${") == std::string::npos) {
    context.issues.warning(line_of(scalar), name, "a secret in the file", "${env:NAME} or ${file:/path}");
  }
  return out;
}

int line_of(const YAML::Node& node) { return node.IsDefined() ? node.Mark().line + 1 : 0; }

std::string shown(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return "nothing";
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  return "\"" + node.Scalar().substr(0, 80) + "\"";
}

Section::Section(ReadContext context, YAML::Node node, std::string path)
    : context_(context),
      node_(node.IsDefined() && node.IsMap() ? node : YAML::Node(YAML::NodeType::Map)),
      path_(std::move(path)),
      line_(line_of(node)) {
  if (!node.IsDefined() || node.IsNull()) return;
  if (node.IsMap()) {
    check_keys();
  } else {
    context_.issues.error(line_, path_.empty() ? "file" : path_, shown(node), "a map of settings");
  }
}

// YAML takes a key twice without a word, and the first one wins.
void Section::check_keys() {
  std::set<std::string> seen;
  for (const auto& item : node_) {
    std::string key = item.first.IsScalar() ? item.first.Scalar() : "";
    if (key.empty()) {
      context_.issues.error(line_of(item.first), path_.empty() ? "file" : path_, shown(item.first), "a name as key");
    } else if (!seen.insert(key).second) {
      context_.issues.error(line_of(item.first), name_of(key), "it a second time", "every key once");
    }
  }
}

std::string Section::name_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

YAML::Node Section::node(const std::string& key) {
  asked_.push_back(key);
  const YAML::Node& looked_at = node_;  // the operator of a const node makes no new entry
  return looked_at[key];
}

bool Section::has(const std::string& key) {
  YAML::Node value = node(key);
  return value.IsDefined() && !value.IsNull();
}

int Section::line_of_key(const std::string& key) {
  int line = line_of(node(key));
  return line == 0 ? line_ : line;
}

Section Section::section(const std::string& key) { return {context_, node(key), name_of(key)}; }

std::vector<Section> Section::sections(const std::string& key) {
  std::vector<Section> out;
  if (!has(key)) return out;
  YAML::Node list = node(key);
  if (!list.IsSequence()) {
    refuse(key, "a list");
    return out;
  }
  for (size_t i = 0; i < list.size(); ++i) out.emplace_back(context_, list[i], fmt::format("{}[{}]", name_of(key), i));
  return out;
}

std::optional<std::string> Section::scalar(const std::string& key, std::string_view expected) {
  if (!has(key)) return std::nullopt;
  YAML::Node value = node(key);
  if (!value.IsScalar()) {
    refuse(key, expected);
    return std::nullopt;
  }
  return resolved(context_, value, name_of(key));
}

void Section::read(const std::string& key, std::string& to) {
  if (auto text = scalar(key, "a text")) to = *text;
}

void Section::read_secret(const std::string& key, std::string& to) {
  if (has(key) && node(key).IsScalar()) {
    to = resolved_secret(context_, node(key), name_of(key));
  } else {
    read(key, to);
  }
}

void Section::read_count(const std::string& key, uint64_t min, uint64_t max, uint64_t& to) {
  std::string expected = fmt::format("a whole number from {} to {}", min, max);
  auto text = scalar(key, expected);
  if (!text) return;
  auto value = parse_number<uint64_t>(*text);
  if (!value || *value < min || *value > max) return refuse(key, expected);
  to = *value;
}

void Section::read_count(const std::string& key, int min, int max, int& to) {
  uint64_t value = static_cast<uint64_t>(to);
  read_count(key, static_cast<uint64_t>(min), static_cast<uint64_t>(max), value);
  to = static_cast<int>(value);
}

void Section::read_number(const std::string& key, double min, double max, double& to) {
  std::string expected = fmt::format("a number from {} to {}", min, max);
  auto text = scalar(key, expected);
  if (!text) return;
  auto value = parse_number<double>(*text);
  if (!value || !(*value >= min && *value <= max)) return refuse(key, expected);
  to = *value;
}

void Section::read_duration(const std::string& key, int64_t min_ms, int64_t& to, int64_t max_ms) {
  auto text = scalar(key, "a duration such as 30s 5m 2h 1d");
  if (!text) return;
  auto value = parse_duration_ms(*text);
  if (!value) return refuse(key, "a duration such as 30s 5m 2h 1d");
  if (*value < min_ms) return refuse(key, fmt::format("at least {}ms", min_ms));
  if (*value > max_ms) return refuse(key, fmt::format("at most {}s", max_ms / 1000));
  to = *value;
}

void Section::read_size(const std::string& key, uint64_t min_bytes, uint64_t& to) {
  auto text = scalar(key, "a size such as 64KiB 1MiB");
  if (!text) return;
  auto value = parse_size_bytes(*text);
  if (!value) return refuse(key, "a size such as 64KiB 1MiB");
  if (*value < min_bytes) return refuse(key, fmt::format("at least {}B", min_bytes));
  to = *value;
}

std::optional<size_t> Section::read_word(const std::string& key, const std::vector<std::string>& words) {
  std::string expected = fmt::format("one of {}", fmt::join(words, " "));
  auto text = scalar(key, expected);
  if (!text) return std::nullopt;
  auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  refuse(key, expected + suggestion(*text, words));
  return std::nullopt;
}

std::vector<std::string> Section::read_texts(const std::string& key) {
  std::vector<std::string> out;
  if (!has(key)) return out;
  YAML::Node list = node(key);
  if (!list.IsSequence()) {
    refuse(key, "a list of texts");
    return out;
  }
  for (size_t i = 0; i < list.size(); ++i) {
    std::string name = fmt::format("{}[{}]", name_of(key), i);
    if (!list[i].IsScalar()) {
      context_.issues.error(line_of(list[i]), name, shown(list[i]), "a text");
      continue;
    }
    out.push_back(resolved(context_, list[i], name));
  }
  return out;
}

void Section::require(const std::string& key, std::string_view expected) {
  if (!has(key)) context_.issues.error(line_, name_of(key), "nothing", expected);
}

void Section::error(const std::string& key, std::string_view found, std::string_view expected) {
  context_.issues.error(line_of_key(key), name_of(key), found, expected);
}

void Section::warn(const std::string& key, std::string_view found, std::string_view expected) {
  context_.issues.warning(line_of_key(key), name_of(key), found, expected);
}

void Section::refuse(const std::string& key, std::string_view expected) { error(key, shown(node(key)), expected); }

void Section::finish() {
  for (const auto& item : node_) {
    std::string key = item.first.IsScalar() ? item.first.Scalar() : "";
    if (key.empty() || std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    std::sort(asked_.begin(), asked_.end());
    asked_.erase(std::unique(asked_.begin(), asked_.end()), asked_.end());
    context_.issues.error(line_of(item.first), name_of(key), "an unknown key",
                          fmt::format("one of {}{}", fmt::join(asked_, " "), suggestion(key, asked_)));
  }
}

std::vector<std::string> Section::keys() {
  std::vector<std::string> out;
  for (const auto& item : node_) {
    if (item.first.IsScalar() && !item.first.Scalar().empty()) out.push_back(item.first.Scalar());
  }
  asked_.insert(asked_.end(), out.begin(), out.end());
  return out;
}

}  // namespace hookswitch
