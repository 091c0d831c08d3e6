#include "engine/processor/directory.h"

#include <algorithm>

namespace hookswitch {
namespace {

std::string agent_key(std::string_view source, std::string_view agent_id) {
  std::string key(source);
  key.push_back('\0');
  return key.append(agent_id);
}

std::string digits_of(std::string_view number) {
  std::string digits;
  for (char c : number) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  return digits;
}

}  // namespace

Directory::Directory(std::vector<Tenant> tenants, const std::unordered_map<std::string, std::string>& source_tenants,
                     CallingPolicy calling)
    : tenants_(std::move(tenants)), calling_(std::move(calling)) {
  for (size_t i = 0; i < tenants_.size(); ++i) {
    by_id_.emplace(tenants_[i].id, i);
    CallingPolicy& own = callings_.emplace_back(calling_);
    if (tenants_[i].window) own.window = *tenants_[i].window;
    own.holidays.insert(tenants_[i].holidays.begin(), tenants_[i].holidays.end());
    for (const auto& [source, agent] : tenants_[i].agents) by_agent_.emplace(agent_key(source, agent), i);
    for (const auto& number : tenants_[i].numbers) by_number_.emplace(digits_of(number), i);
  }
  for (const auto& [source, tenant] : source_tenants) {
    if (auto found = by_id_.find(tenant); found != by_id_.end()) by_source_.emplace(source, found->second);
  }
}

std::string_view Directory::find(const std::unordered_map<std::string, size_t>& index, std::string key) const {
  auto found = index.find(key);
  return found == index.end() ? std::string_view{} : std::string_view(tenants_[found->second].id);
}

std::string_view Directory::by_agent(std::string_view source, std::string_view agent_id) const {
  return find(by_agent_, agent_key(source, agent_id));
}

std::string_view Directory::by_number(std::string_view number) const {
  std::string digits = digits_of(number);
  return digits.empty() ? std::string_view{} : find(by_number_, std::move(digits));
}

std::string_view Directory::by_source(std::string_view source) const { return find(by_source_, std::string(source)); }

Tenancy Directory::tenancy(std::string_view tenant) const {
  Tenancy out{std::string(tenant), "", "UTC"};
  if (auto found = by_id_.find(out.tenant); found != by_id_.end()) {
    const Tenant& known = tenants_[found->second];
    out.country = known.country;
    if (!known.timezone.empty()) out.timezone = known.timezone;
  }
  return out;
}

std::string_view Directory::usual_source(std::string_view tenant) const {
  auto found = by_id_.find(std::string(tenant));
  if (found == by_id_.end() || tenants_[found->second].agents.empty()) return {};
  const auto& agents = tenants_[found->second].agents;
  bool common = std::ranges::all_of(agents, [&](const auto& agent) { return agent.first == agents.front().first; });
  return common ? std::string_view(agents.front().first) : std::string_view{};
}

const CallingPolicy& Directory::calling(std::string_view tenant) const {
  auto found = by_id_.find(std::string(tenant));
  return found == by_id_.end() ? calling_ : callings_[found->second];
}

}  // namespace hookswitch
