#include "engine/processor/command_check.h"

#include <fmt/format.h>

#include "engine/processor/actions.h"

namespace hookswitch {
namespace {

constexpr const char* kChecked = ":checked";
constexpr const char* kSource = ":source";
constexpr const char* kSalted = ":salted";

Result<std::string> source_of(const Sources& sources, const Directory& directory, const char* what, const Json& body,
                              const Json& wish) {
  if (!wish.is_object()) return "";
  std::string channel = json_text(wish, "channel");
  auto source = source_to_keep(sources, channel.empty() ? "call" : channel, json_text(wish, "source"),
                               directory.usual_source(json_text(body, "tenant")));
  if (source) return source;
  return fail(Code::invalid, "make a {}: {}", what, source.error().message);
}

}  // namespace

Result<std::string> check_command(const Sources& sources, const Directory& directory, std::string_view name,
                                  const Json& body) {
  const Json none = Json::object();
  if (name == "call.create") return source_for(sources, "call", json_text(body, "source"), "");
  if (name == "task.create") return source_of(sources, directory, "task", body, body.value("wish", none));
  if (name == "campaign.create") return source_of(sources, directory, "campaign", body, body.value("task", none));
  return "";
}

Headers checked_headers(std::string_view name, const std::string& source) {
  if (name != "call.create" && name != "task.create" && name != "campaign.create") return {};
  Headers out{{kChecked, "1"}, {kSalted, "1"}};
  if (!source.empty()) out.emplace_back(kSource, source);
  return out;
}

std::string own_name(const CommandContext& context) {
  std::string place = fmt::format("command/{}", context.record.seq);
  if (context.record.header(kSalted).empty()) return place;
  return fmt::format("{}/{}", place, context.record.header(":salt"));
}

Result<std::string> checked_source(const CommandContext& context, std::string_view name, const Json& body) {
  if (!context.record.header(kChecked).empty()) return std::string(context.record.header(kSource));
  return check_command(context.sources, context.directory, name, body);
}

}  // namespace hookswitch
