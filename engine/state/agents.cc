#include "engine/state/agents.h"

#include "engine/state/keys.h"

namespace hookswitch {
namespace {

std::string row_key(std::string_view source, std::string_view id) {
  std::string key;
  put_key_text(key, id);
  put_key_text(key, source);
  return key;
}

}  // namespace

Status put_agent(Writer& writer, const Json& agent) {
  std::string id = json_text(agent, "id");
  if (id.empty()) return fail(Code::invalid, "put agent: found no text `id`, expected an object {{id, source?, ...}}");
  put_json(writer, Table::agents, row_key(json_text(agent, "source"), id), agent);
  return {};
}

std::optional<Json> find_agent(const Reader& reader, std::string_view source, std::string_view id) {
  auto found = get_json(reader, Table::agents, row_key(source, id));
  return found || source.empty() ? found : get_json(reader, Table::agents, row_key("", id));
}

std::optional<Json> find_agent(const Reader& reader, std::string_view id) {
  std::string prefix;
  put_key_text(prefix, id);
  std::optional<Json> found;
  reader.scan_prefix(Table::agents, prefix, [&](std::string_view key, std::string_view) {
    found = get_json(reader, Table::agents, key);
    return false;
  });
  return found;
}

std::vector<std::string> agent_tenants(const Reader& reader, std::string_view id) {
  std::string prefix;
  put_key_text(prefix, id);
  std::vector<std::string> out;
  reader.scan_prefix(Table::agents, prefix, [&](std::string_view key, std::string_view) {
    auto row = get_json(reader, Table::agents, key);
    std::string tenant = row ? json_text(*row, "tenant") : "";
    if (!tenant.empty()) out.push_back(std::move(tenant));
    return true;
  });
  return out;
}

bool remove_agent(Writer& writer, std::string_view source, std::string_view id) {
  return writer.del(Table::agents, row_key(source, id));
}

Result<JsonPage> agents_page(const Reader& reader, std::string_view tenant, std::string_view cursor, size_t limit) {
  return json_page(reader, of_tenant({Table::agents, "", Direction::forward, "agents", {}}, tenant), cursor, limit);
}

}  // namespace hookswitch
