// What rules can call, what the README says and what editors complete is the same list, and so are the fields of a
// call.
#include <algorithm>
#include <set>
#include <sstream>

#include "engine/rules/vocabulary.h"
#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

const fs::path kSource = HOOKSWITCH_SOURCE_DIR;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  INFO(path.string());
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> files_of(const fs::path& folder, const std::string& beginning, const std::string& extension) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (path.extension() == extension && path.filename().string().starts_with(beginning)) out.push_back(path);
  }
  REQUIRE_FALSE(out.empty());
  return out;
}

/// The texts between `before` and `after`, wherever both stand on one line.
Names between(const std::string& text, const std::string& before, const std::string& after) {
  Names out;
  for (size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
    const size_t begin = at + before.size();
    const std::string rest = text.substr(begin, text.find('\n', begin) - begin);
    if (const size_t end = rest.find(after); end != std::string::npos) out.insert(rest.substr(0, end));
  }
  return out;
}

/// "ctx.kpi:add", "ctx.now", "event:said", "text.match": all that a rule can write.
Names callable() {
  const Vocabulary words = vocabulary();
  Names out = {"ctx.call:update"};
  for (const std::string& name : words.ctx) out.insert("ctx." + name);
  for (const auto& [table, functions] : words.ctx_tables) {
    for (const std::string& name : functions) out.insert("ctx." + table + ":" + name);
  }
  for (const std::string& name : words.event_methods) out.insert("event:" + name);
  for (const auto& [module, names] : words.modules) {
    for (const std::string& name : names) out.insert(module.substr(module.find('.') + 1) + "." + name);
  }
  return out;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Whether the text has the name with nothing glued to its end.
bool mentions(const std::string& text, const std::string& name) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const size_t end = at + name.size();
    if (end == text.size() || !is_word(text[end])) return true;
  }
  return false;
}

/// "CtxKpi:add" -> "ctx.kpi:add"
std::string as_written(std::string name) {
  if (!name.starts_with("Ctx")) return name;
  name = name.substr(3);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return "ctx." + name;
}

Names described() {
  Names out;
  const std::string ctx = text_of(kSource / "rules/_meta/ctx.lua");
  for (const std::string& name : between(ctx, "\nfunction ", "(")) out.insert(as_written(name));
  for (const std::string& name : between(text_of(kSource / "rules/_meta/event.lua"), "\nfunction ", "("))
    out.insert(name);
  const std::string fields = ctx.substr(0, ctx.find("---@class Call"));
  for (const std::string& name : between(fields, "---@field ", " ")) out.insert("ctx." + name);
  for (const fs::path& file : files_of(kSource / "rules/_meta/hookswitch", "", ".lua")) {
    const std::string text = text_of(file);
    const std::string module = file.stem().string();
    for (const std::string& name : between(text, "\nfunction ", "(")) out.insert(name);
    const std::string first_class = text.substr(0, text.find("\nlocal "));
    for (const std::string& name : between(first_class, "---@field ", " ")) out.insert(module + "." + name);
  }
  return out;
}

TEST_CASE("editors complete what rules can call, and nothing else") { CHECK(described() == callable()); }

TEST_CASE("the README shows everything that rules can call") {
  const std::string readme = text_of(kSource / "rules/README.md");
  for (const std::string& name : callable()) {
    INFO(name);
    CHECK(mentions(readme, name));
  }
}

TEST_CASE("editors know every field of a call") {
  const std::string ctx = text_of(kSource / "rules/_meta/ctx.lua");
  const size_t begin = ctx.find("---@class Call\n");
  Names expected = vocabulary().call;
  expected.erase("update");
  CHECK(between(ctx.substr(begin, ctx.find("---@class CtxCall:") - begin), "---@field ", " ") == expected);
}

}  // namespace
}  // namespace hookswitch
