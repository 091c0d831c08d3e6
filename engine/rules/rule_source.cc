#include "engine/rules/rule_source.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

// Without the mark that some editors write before UTF-8.
Result<std::string> read_file(const fs::path& path) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(Code::io, "read rule file {}: cannot be read", path.string());
  return text.view().starts_with(kMark) ? text.str().substr(kMark.size()) : text.str();
}

// A link that leads nowhere is one that cannot be read, not none.
bool is_lua_file(const fs::directory_entry& entry) {
  if (entry.path().extension() != ".lua" || entry.path().filename().string()[0] == '.') return false;
  return entry.is_regular_file() || (entry.is_symlink() && !entry.exists());
}

/// "lib/a/b.lua" -> "lib.a.b"
std::string module_name(const fs::path& relative) {
  std::string name = fs::path(relative).replace_extension().generic_string();
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

Status read_library(const fs::path& dir, LibraryFiles& library) {
  if (!fs::is_directory(dir / "lib")) return {};
  for (const auto& entry : fs::recursive_directory_iterator(dir / "lib")) {
    if (!is_lua_file(entry)) continue;
    auto text = read_file(entry.path());
    if (!text) return std::unexpected(text.error());
    library[module_name(fs::relative(entry.path(), dir))] = std::move(*text);
  }
  return {};
}

Status read_top(const fs::path& dir, std::map<std::string, std::string>& rules) {
  for (const auto& entry : fs::directory_iterator(dir)) {
    if (!is_lua_file(entry)) continue;
    auto text = read_file(entry.path());
    if (!text) return std::unexpected(text.error());
    rules[entry.path().filename().string()] = std::move(*text);
  }
  return {};
}

std::string hash_of(const RuleSource& source) {
  std::string all;
  for (const auto* files : {&source.rules, &source.library}) {
    for (const auto& [name, text] : *files) {
      put_sized(all, name);
      put_sized(all, text);
    }
  }
  return sha256_hex(all);
}

}  // namespace

Result<RuleSource> read_rule_source(const std::string& dir) try {
  RuleSource source;
  if (!fs::is_directory(dir)) return fail(Code::not_found, "load rules: {} is no directory", dir);
  if (auto read = read_top(dir, source.rules); !read) return std::unexpected(read.error());
  if (auto read = read_library(dir, source.library); !read) return std::unexpected(read.error());
  const size_t files = source.rules.size() + source.library.size();
  if (files > limits::kRuleFiles) {
    return fail(Code::too_large, "load rules: {} has {} files, expected at most {}", dir, files, limits::kRuleFiles);
  }
  source.hash = hash_of(source);
  return source;
} catch (const fs::filesystem_error& error) {
  return fail(Code::io, "load rules: {}", error.what());
}

std::string library_path(const std::string& module) {
  std::string path = module;
  std::replace(path.begin(), path.end(), '.', '/');
  return path + ".lua";
}

}  // namespace hookswitch
