// One map of the YAML file while it is read: knows its line, asks for its keys, and reports those nobody asked for.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/issues.h"
#include "engine/config/secrets.h"

namespace hookswitch {

/// What reading needs everywhere.
struct ReadContext {
  Issues& issues;
  const Environment& environment;
  /// Where references that lead nowhere are noted, and kUnread stands in for the value; null: they are errors.
  Issues* unread = nullptr;
};

/// What stands in for a value that could not be read.
constexpr const char* kUnread = "unread";

/// A scalar with its references replaced.
std::string resolved(const ReadContext& context, const YAML::Node& scalar, const std::string& name);
/// The same for a secret: a blank one is an error, one that is written into the file a warning.
std::string resolved_secret(const ReadContext& context, const YAML::Node& scalar, const std::string& name);

/// The line of a node as an editor counts it; 0 when it is not in the file.
int line_of(const YAML::Node& node);

/// How a node is spoken of in an error: "a list", "a map", "nothing", or the text as it stands in the file.
std::string shown(const YAML::Node& node);

class Section {
 public:
  /// `path` is what errors call it, "" for the whole file. A node that is no map is an error; one that is not there is
  /// an empty section.
  Section(ReadContext context, YAML::Node node, std::string path);

  int line() const { return line_; }
  std::string name_of(std::string_view key) const;
  bool has(const std::string& key);
  YAML::Node node(const std::string& key);
  /// Line of the key's value, else of the section.
  int line_of_key(const std::string& key);

  Section section(const std::string& key);
  /// The items of a list, each a section; nothing when the key is absent.
  std::vector<Section> sections(const std::string& key);

  // Each leaves `to` as it is when the key is absent, and reports a value that does not fit.
  void read(const std::string& key, std::string& to);
  void read_secret(const std::string& key, std::string& to);
  void read_count(const std::string& key, uint64_t min, uint64_t max, uint64_t& to);
  void read_count(const std::string& key, int min, int max, int& to);
  void read_number(const std::string& key, double min, double max, double& to);
  void read_duration(const std::string& key, int64_t min_ms, int64_t& to, int64_t max_ms = INT64_MAX);
  void read_size(const std::string& key, uint64_t min_bytes, uint64_t& to);
  /// One of `words`; the index of it.
  std::optional<size_t> read_word(const std::string& key, const std::vector<std::string>& words);
  std::vector<std::string> read_texts(const std::string& key);
  /// Reports an absent key.
  void require(const std::string& key, std::string_view expected);

  void error(const std::string& key, std::string_view found, std::string_view expected);
  /// What may be meant so, and rarely is.
  void warn(const std::string& key, std::string_view found, std::string_view expected);
  /// An error with what stands in the file as `found`: not for what may be a secret.
  void refuse(const std::string& key, std::string_view expected);

  /// Reports keys that nobody asked for.
  void finish();
  /// All keys in their order, to be read by whoever has names of their own; they count as asked for.
  std::vector<std::string> keys();

 private:
  std::optional<std::string> scalar(const std::string& key, std::string_view expected);
  void check_keys();

  ReadContext context_;
  YAML::Node node_;
  std::string path_;
  int line_ = 0;
  std::vector<std::string> asked_;
};

}  // namespace hookswitch
