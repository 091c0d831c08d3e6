#include "plugins/lib/settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace hookswitch::plugin {

using nlohmann::json;

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t change = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

std::string nearest(const std::string& unknown, const std::set<std::string>& known) {
  std::string best;
  size_t distance = unknown.size() / 2 + 1;  // further away it is no typing error
  for (const std::string& name : known) {
    if (size_t d = edit_distance(unknown, name); d < distance) std::tie(best, distance) = std::pair(name, d);
  }
  return best;
}

}  // namespace

struct Settings::Values {
  json object;
  std::string prefix;
  std::set<std::string> asked;
  std::string error;

  /// The value of a key, or null when it is absent.
  const json* find(const std::string& key) {
    asked.insert(key);
    auto at = object.find(key);
    return at == object.end() || at->is_null() ? nullptr : &*at;
  }

  void wrong(const std::string& key, const std::string& expected) {
    if (error.empty()) error = prefix + key + ": found something else, expected " + expected;
  }
};

Settings::Settings(std::unique_ptr<Values> values) : values_(std::move(values)) {}
Settings::Settings(Settings&&) noexcept = default;
Settings::~Settings() = default;

std::expected<Settings, std::string> Settings::parse(std::string_view text) {
  json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return std::unexpected("read the settings: found no JSON object, expected one");
  return Settings(
      std::make_unique<Values>(Values{.object = std::move(parsed), .prefix = "", .asked = {}, .error = ""}));
}

std::string Settings::text(const std::string& key, std::string fallback) {
  const json* value = values_->find(key);
  if (value == nullptr) return fallback;
  if (value->is_string()) return value->get<std::string>();
  values_->wrong(key, "a text");
  return fallback;
}

bool Settings::flag(const std::string& key, bool fallback) {
  const json* value = values_->find(key);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  values_->wrong(key, "true or false");
  return fallback;
}

int64_t Settings::integer(const std::string& key, int64_t fallback, int64_t min, int64_t max) {
  const json* value = values_->find(key);
  if (value == nullptr) return fallback;
  if (value->is_number_integer()) {
    if (int64_t number = value->get<int64_t>(); number >= min && number <= max) return number;
  }
  values_->wrong(key, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return fallback;
}

std::vector<std::string> Settings::texts(const std::string& key) {
  const json* value = values_->find(key);
  std::vector<std::string> out;
  if (value == nullptr) return out;
  if (value->is_string()) return {value->get<std::string>()};
  bool all = value->is_array();
  for (const json& item : *value) {
    if (item.is_string()) {
      out.push_back(item.get<std::string>());
    } else {
      all = false;
    }
  }
  if (!all) values_->wrong(key, "a text or a list of texts");
  return out;
}

std::vector<std::string> Settings::secrets(const std::string& key, bool required) {
  std::vector<std::string> out = texts(key);
  bool empty = std::any_of(out.begin(), out.end(), [](const std::string& secret) { return secret.empty(); });
  if (empty || (required && out.empty())) {
    refuse(values_->prefix + key + ": found an empty secret, expected one: without it anybody could sign");
  }
  return out;
}

std::string Settings::object(const std::string& key) {
  const json* value = values_->find(key);
  if (value == nullptr) return "";
  if (value->is_object()) return value->dump(-1, ' ', false, json::error_handler_t::replace);
  values_->wrong(key, "a mapping");
  return "";
}

Settings Settings::inside(const std::string& key) {
  const json* value = values_->find(key);
  if (value != nullptr && !value->is_object()) values_->wrong(key, "a mapping");
  json object = value != nullptr && value->is_object() ? *value : json::object();
  return Settings(std::make_unique<Values>(
      Values{.object = std::move(object), .prefix = values_->prefix + key + ".", .asked = {}, .error = ""}));
}

void Settings::adopt(const Settings& inner) {
  if (auto clean = inner.check(); !clean) refuse(clean.error());
}

bool Settings::has(const std::string& key) const { return values_->object.contains(key); }

void Settings::refuse(std::string why) {
  if (values_->error.empty()) values_->error = std::move(why);
}

std::expected<void, std::string> Settings::check() const {
  for (const auto& [key, value] : values_->object.items()) {
    if (values_->asked.contains(key)) continue;
    std::string hint = nearest(key, values_->asked);
    return std::unexpected(values_->prefix + key + ": unknown setting" +
                           (hint.empty() ? "" : ", did you mean " + values_->prefix + hint + "?"));
  }
  if (!values_->error.empty()) return std::unexpected(values_->error);
  return {};
}

std::string api_base(Settings& settings, std::string usual) {
  std::string out = settings.text("api_base", std::move(usual));
  while (out.ends_with('/')) out.pop_back();
  size_t scheme = out.starts_with("https://") ? 8 : out.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || out.size() == scheme || out.find_first_of("?#@ ") != std::string::npos) {
    settings.refuse("api_base: found something else, expected http:// or https:// and a host, without query");
  }
  return out;
}

}  // namespace hookswitch::plugin
