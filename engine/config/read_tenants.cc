#include <date/tz.h>

#include <algorithm>
#include <exception>

#include "engine/base/tenant_id.h"
#include "engine/calling/phone.h"
#include "engine/config/readers.h"

namespace hookswitch {
namespace {

constexpr size_t kTenantIdBytes = 128;

// "localtime" is another one on each machine.
bool is_timezone(const std::string& name) {
  if (name == "localtime") return false;
  try {
    return date::locate_zone(name) != nullptr;
  } catch (const std::exception&) {  // how the library says that there is none
    return false;
  }
}

// E.164: '+', a country code that does not begin with 0, at most 15 digits.
bool is_number(const std::string& text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         text.find_first_not_of("0123456789", 1) == std::string::npos;
}

void read_agents(Section& section, TenantConfig& tenant) {
  for (Section& item : section.sections("agents")) {
    std::string source, agent_id;
    item.require("source", "the name of a source");
    item.require("agent_id", "the provider's id of the agent");
    item.read("source", source);
    item.read("agent_id", agent_id);
    item.finish();
    tenant.agents.emplace_back(source, agent_id);
  }
}

void read_numbers(Section& section, TenantConfig& tenant) {
  tenant.numbers = section.read_texts("numbers");
  for (const std::string& number : tenant.numbers) {
    if (!is_number(number)) section.error("numbers", "\"" + number.substr(0, 40) + "\"", "E.164, such as +40212345678");
  }
}

TenantConfig read_tenant(Section& section) {
  TenantConfig tenant;
  tenant.line = section.line();
  section.require("id", "an id such as business/location");
  section.read("id", tenant.id);
  if (section.has("id") && (tenant.id.size() > kTenantIdBytes || !is_tenant_id(tenant.id))) {
    section.refuse("id", "business/location without blanks, at most " + std::to_string(kTenantIdBytes) + " bytes");
  }
  section.read("name", tenant.name);
  section.read("timezone", tenant.timezone);
  if (!is_timezone(tenant.timezone)) section.refuse("timezone", "an IANA time zone such as Europe/Bucharest");
  section.read("country", tenant.country);
  if (section.has("country") && !is_phone_country(tenant.country)) {
    section.refuse("country", "the two capital letters of a country that has telephone numbers, such as RO");
  }
  read_agents(section, tenant);
  read_numbers(section, tenant);
  if (section.has("window")) read_window(section.section("window"), tenant.window.emplace());
  read_holidays(section, tenant.holidays);
  section.finish();
  return tenant;
}

}  // namespace

void read_tenants(std::vector<Section> items, std::vector<TenantConfig>& tenants) {
  for (Section& section : items) tenants.push_back(read_tenant(section));
}

}  // namespace hookswitch
