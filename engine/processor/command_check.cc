#include "engine/processor/command_check.h"

#include "engine/processor/actions.h"

namespace hookswitch {
namespace {

constexpr const char* kChecked = ":checked";

Status check_source(const Sources& sources, const Directory& directory, const char* what, const Json& body,
                    const Json& wish) {
  if (!wish.is_object()) return {};
  std::string channel = json_text(wish, "channel");
  auto good = check_source_for(sources, channel.empty() ? "call" : channel, json_text(wish, "source"),
                               directory.usual_source(json_text(body, "tenant")));
  if (good) return {};
  return fail(Code::invalid, "make a {}: {}", what, good.error().message);
}

}  // namespace

Status check_command(const Sources& sources, const Directory& directory, std::string_view name, const Json& body) {
  const Json none = Json::object();
  if (name == "task.create") return check_source(sources, directory, "task", body, body.value("wish", none));
  if (name == "campaign.create") return check_source(sources, directory, "campaign", body, body.value("task", none));
  return {};
}

Headers checked_headers(std::string_view name) {
  if (name != "task.create" && name != "campaign.create") return {};
  return {{kChecked, "1"}};
}

Status check_logged(const CommandContext& context, std::string_view name, const Json& body) {
  if (!context.record.header(kChecked).empty()) return {};
  return check_command(context.sources, context.directory, name, body);
}

}  // namespace hookswitch
