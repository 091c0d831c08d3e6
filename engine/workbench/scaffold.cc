#include "engine/workbench/scaffold.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace hookswitch {
namespace {

namespace fs = std::filesystem;

constexpr size_t kNameBytes = 64;
constexpr const char* kPlaceholder = "RULE_NAME";

constexpr std::string_view kRule =
    R"lua(--- Completed calls count, by agent. (Say here in one sentence what the rule does.)

return {
  name = "RULE_NAME",
  on = { "call.ended", "conversation.ended" },
  per = "call", -- describes the call as it stands: what it counts replaces what it counted for this call before
  handle = function(_, ctx)
    if ctx.call.status ~= "completed" then return end
    ctx.kpi:add("RULE_NAME", 1, { agent = ctx.call.agent_id })
  end,
}
)lua";

constexpr std::string_view kTest = R"lua(--- RULE_NAME.lua
local t = require "hookswitch.test"

local function ended(call, status)
  return { type = "conversation.ended", call = call, data = { agent_id = "agent_1", status = status } }
end

t.test("a completed call counts for its agent, once whatever comes later", function(engine)
  engine:event(ended("c1", "completed"))
  engine:event { type = "call.ended", call = "c1", data = { status = "completed" } }
  t.equal(engine:kpi("RULE_NAME", { agent = "agent_1" }), 1)
end)

t.test("a call that failed does not count", function(engine)
  engine:event(ended("c1", "failed"))
  t.equal(engine:kpi "RULE_NAME", 0)
end)
)lua";

bool is_name(const std::string& name) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto fits = [&](char c) { return letter(c) || c == '_' || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kNameBytes && letter(name[0]) && std::all_of(name.begin(), name.end(), fits);
}

std::string filled(std::string_view text, const std::string& name) {
  std::string out(text);
  const size_t length = std::strlen(kPlaceholder);
  for (size_t at = out.find(kPlaceholder); at != std::string::npos; at = out.find(kPlaceholder, at + name.size())) {
    out.replace(at, length, name);
  }
  return out;
}

/// Makes the file and only makes it: one that is there stays as it is.
Status write_new(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0 && errno == EEXIST)
    return fail(Code::conflict, "write {}: it is there already, expected a new name", path);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int why = errno;
  if (fd >= 0) ::close(fd);
  if (!written) return fail(Code::io, "write {}: {}", path, std::strerror(why));
  return {};
}

}  // namespace

Result<std::vector<std::string>> write_rule_scaffold(const std::string& dir, const std::string& name) {
  if (!is_name(name)) {
    return fail(Code::invalid,
                "make a rule: found the name '{}', expected small letters, digits and underscores, a letter first, at "
                "most {}",
                name.substr(0, 80), kNameBytes);
  }
  std::error_code error;
  fs::create_directories(fs::path(dir) / "tests", error);
  if (error) return fail(Code::io, "make {}/tests: {}", dir, error.message());
  const std::string rule = (fs::path(dir) / (name + ".lua")).string();
  const std::string test = (fs::path(dir) / "tests" / (name + "_test.lua")).string();
  if (auto written = write_new(rule, filled(kRule, name)); !written) return std::unexpected(written.error());
  if (auto written = write_new(test, filled(kTest, name)); !written) {
    fs::remove(rule, error);
    return std::unexpected(written.error());
  }
  return std::vector<std::string>{rule, test};
}

}  // namespace hookswitch
