// A source's settings as a provider reads them: every key is asked for once, and whatever was not asked for is refused.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hookswitch::plugin {

/// Reading never fails at once: the first thing that was wrong is kept and check() returns it.
class Settings {
 public:
  static std::expected<Settings, std::string> parse(std::string_view json);
  Settings(Settings&&) noexcept;
  ~Settings();

  std::string text(const std::string& key, std::string fallback = "");
  bool flag(const std::string& key, bool fallback);
  int64_t integer(const std::string& key, int64_t fallback, int64_t min, int64_t max);
  std::vector<std::string> texts(const std::string& key);
  /// One secret or a list of which any may match. Empty ones are refused; none at all too, when `required`.
  std::vector<std::string> secrets(const std::string& key, bool required);
  /// JSON text of an object, or "" when absent.
  std::string object(const std::string& key);
  /// The settings inside an object; all absent when the object is. Its errors are ours, with `key.` in front.
  Settings inside(const std::string& key);
  /// Takes over what `inner` found wrong.
  void adopt(const Settings& inner);
  bool has(const std::string& key) const;

  void refuse(std::string why);
  std::expected<void, std::string> check() const;

 private:
  struct Values;
  explicit Settings(std::unique_ptr<Values> values);
  std::unique_ptr<Values> values_;
};

/// The setting `api_base`: where the vendor's interface is, without '/' at its end.
std::string api_base(Settings& settings, std::string usual);

}  // namespace hookswitch::plugin
