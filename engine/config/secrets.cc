#include "engine/config/secrets.h"

#include <sys/stat.h>

#include <cstdlib>

#include "engine/base/small_file.h"

namespace hookswitch {
namespace {

// Where a reference stands, for its issues.
struct Place {
  Issues& issues;
  int line;
  std::string_view what;
};

std::string from_environment(const std::string& name, const Environment& environment, const Place& at) {
  auto value = environment(name);
  if (value && !value->empty()) return *value;
  at.issues.error(at.line, at.what, "environment variable " + name + " not set", "it to hold the value");
  return "";
}

std::string from_file(const std::string& path, const Place& at) {
  auto file = read_small_file(path);
  if (!file) {
    at.issues.error(at.line, at.what, file.error() + " " + path, "it to hold the value");
    return "";
  }
  std::string out = std::move(file->text);
  bool is_public = out.starts_with("-----BEGIN PUBLIC KEY") || out.starts_with("-----BEGIN CERTIFICATE");
  if (!is_public && (file->mode & (S_IRGRP | S_IROTH)) != 0) {
    at.issues.warning(at.line, at.what, path + " readable by others", "mode 0600");
  }
  if (out.ends_with('\n')) out.pop_back();
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

std::string resolve(const std::string& reference, const Environment& environment, const Place& at) {
  if (reference.starts_with("env:") && reference.size() > 4) {
    return from_environment(reference.substr(4), environment, at);
  }
  if (reference.starts_with("file:") && reference.size() > 5) return from_file(reference.substr(5), at);
  at.issues.error(at.line, at.what, "${" + reference + "}", "${env:NAME} or ${file:/path}");
  return "";
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets variables
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

std::string resolve_references(std::string_view text, const Environment& environment, Issues& issues, int line,
                               std::string_view what) {
  std::string out;
  while (true) {
    size_t begin = text.find("${");
    if (begin == std::string_view::npos) return out.append(text);
    size_t end = text.find('}', begin);
    if (end == std::string_view::npos) {
      issues.error(line, what, "${ without an end", "${env:NAME} or ${file:/path}");
      return out;
    }
    out.append(text.substr(0, begin));
    out += resolve(std::string(text.substr(begin + 2, end - begin - 2)), environment, {issues, line, what});
    text.remove_prefix(end + 1);
  }
}

}  // namespace hookswitch
