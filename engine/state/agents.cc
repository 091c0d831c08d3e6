#include "engine/state/agents.h"

#include "engine/state/contacts.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

std::string agent_key(std::string_view source, std::string_view id) {
  std::string key;
  put_key_text(key, id);
  put_key_text(key, source);
  return key;
}

}  // namespace

Status put_agent(Writer& writer, const Json& agent) {
  std::string id = json_text(agent, "id");
  if (id.empty()) return fail(Code::invalid, "put agent: found no text `id`, expected an object {{id, source?, ...}}");
  put_json(writer, Table::agents, agent_key(json_text(agent, "source"), id), agent);
  return {};
}

std::optional<Json> find_agent(const Reader& reader, std::string_view source, std::string_view id) {
  auto found = get_json(reader, Table::agents, agent_key(source, id));
  return found || source.empty() ? found : get_json(reader, Table::agents, agent_key("", id));
}

std::vector<Json> agents_of(const Reader& reader, std::string_view id) {
  std::string prefix;
  put_key_text(prefix, id);
  std::vector<Json> out;
  reader.scan_prefix(Table::agents, prefix, [&](std::string_view key, std::string_view) {
    if (auto row = get_json(reader, Table::agents, key)) out.push_back(std::move(*row));
    return true;
  });
  return out;
}

std::optional<Json> find_agent_by_phone(const Reader& reader, std::string_view phone, std::string_view tenant) {
  std::optional<Json> found;
  reader.scan_prefix(Table::agents, "", [&](std::string_view key, std::string_view) {
    found = get_json(reader, Table::agents, key);
    std::string whose = found ? json_text(*found, "tenant") : "";
    bool theirs = tenant.empty() || whose.empty() || whose == tenant;
    if (!found || !theirs || !has_phone(*found, phone)) found.reset();
    return !found;
  });
  return found;
}

bool remove_agent(Writer& writer, std::string_view source, std::string_view id) {
  return writer.del(Table::agents, agent_key(source, id));
}

Result<JsonPage> agents_page(const Reader& reader, std::string_view tenant, std::string_view cursor, size_t limit) {
  return json_page(reader, of_tenant({Table::agents, "", Direction::forward, "agents", {}}, tenant), cursor, limit);
}

}  // namespace hookswitch
