#include "engine/rules/rule_archive.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHashDigits = 64;
constexpr const char* kUnfinished = "/.unfinished";

bool is_hash(const std::string& name) {
  return name.size() == kHashDigits && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file;
  file.exceptions(std::ios::failbit | std::ios::badbit);
  file.open(path, std::ios::binary);
  file << text;
  file.close();
}

void write_version(const fs::path& dir, const RuleSource& source) {
  fs::remove_all(dir);
  fs::create_directories(dir);
  for (const auto& [name, text] : source.rules) write_file(dir / name, text);
  for (const auto& [module, text] : source.library) write_file(dir / library_path(module), text);
}

}  // namespace

Status RuleArchive::save(const RuleSource& source) const try {
  const fs::path final_place = place(source.hash);
  if (!load(source.hash)) {
    write_version(dir_ + kUnfinished, source);
    fs::remove_all(final_place);
    fs::rename(dir_ + kUnfinished, final_place);
  }
  fs::last_write_time(final_place, fs::file_time_type::clock::now());
  return {};
} catch (const std::exception& error) {
  return fail(Code::io, "keep rules version {} in {}: {}", source.hash, dir_, error.what());
}

Result<RuleSource> RuleArchive::load(const std::string& hash) const {
  if (!is_hash(hash)) return fail(Code::not_found, "load rules version '{}': it is no version", hash.substr(0, 80));
  auto source = read_rule_source(place(hash));
  if (source && source->hash != hash) {
    return fail(Code::corrupt, "load rules version {} from {}: found files of version {}", hash, dir_, source->hash);
  }
  return source;
}

Result<std::vector<std::string>> RuleArchive::remove_damaged() const try {
  std::vector<std::string> damaged;
  if (!fs::exists(dir_)) return damaged;
  for (const auto& version : fs::directory_iterator(dir_)) {
    const std::string hash = version.path().filename().string();
    if (is_hash(hash) && !load(hash)) damaged.push_back(hash);
  }
  for (const std::string& hash : damaged) fs::remove_all(place(hash));
  std::ranges::sort(damaged);
  return damaged;
} catch (const fs::filesystem_error& error) {
  return fail(Code::io, "check the rules versions in {}: {}", dir_, error.what());
}

void RuleArchive::trim(size_t keep, const std::set<std::string>& named) const {
  std::vector<std::pair<fs::file_time_type, fs::path>> versions;
  std::error_code ignored;  // what cannot be removed now can be next time
  for (fs::directory_iterator it(dir_, ignored), end; !ignored && it != end; it.increment(ignored)) {
    if (is_hash(it->path().filename().string())) versions.emplace_back(it->last_write_time(ignored), it->path());
  }
  std::ranges::sort(versions);
  size_t left = versions.size();
  for (const auto& [time, path] : versions) {
    if (left <= keep) return;
    if (named.contains(path.filename().string())) continue;
    fs::remove_all(path, ignored);
    --left;
  }
}

}  // namespace hookswitch
