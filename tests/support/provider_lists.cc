#include "tests/support/provider_lists.h"

#include <fmt/format.h>

#include <algorithm>

namespace hookswitch::test {
namespace {

constexpr int64_t kFirstSecs = 1'766'000'000;

/// The value of a parameter in a query, "" without.
std::string param(const std::string& target, const std::string& name) {
  size_t at = target.find("?" + name + "=");
  if (at == std::string::npos) at = target.find("&" + name + "=");
  if (at == std::string::npos) return "";
  size_t from = at + name.size() + 2;
  return target.substr(from, target.find('&', from) - from);
}

HttpResult ok(const Json& body) { return HttpResponse{200, {{"content-type", "application/json"}}, body.dump()}; }

}  // namespace

void ProviderLists::add_conversation(const std::string& id, const Json& conversation) {
  conversations_[id] = conversation;
}
void ProviderLists::add_call(const Json& call) { calls_.push_back(call); }

void ProviderLists::set_fault(Fault fault) {
  std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

std::vector<std::string> ProviderLists::asked() const {
  std::lock_guard lock(mutex_);
  return asked_;
}

size_t ProviderLists::asked_of(const std::string& part) const {
  auto all = asked();
  return static_cast<size_t>(
      std::ranges::count_if(all, [&](const std::string& each) { return each.find(part) != std::string::npos; }));
}

HttpResult ProviderLists::answer(const std::string& target) {
  Fault fault;
  int nth = 0;
  {
    std::lock_guard lock(mutex_);
    asked_.push_back(target);
    nth = ++times_[target];
    fault = fault_;
  }
  if (fault) {
    if (auto instead = fault(target, nth)) return std::move(*instead);
  }
  if (target.starts_with("/2010")) return ok(calls(target));
  if (target.find('?') != std::string::npos) return ok(conversations(target));
  auto found = conversations_.find(target.substr(target.rfind('/') + 1));
  if (found == conversations_.end()) return HttpResponse{404, {}, "{}"};
  return ok(found->second);
}

Json ProviderLists::conversations(const std::string& target) const {
  std::string cursor = param(target, "cursor"), after = param(target, "call_start_after_unix");
  int64_t from = after.empty() ? 0 : std::stoll(after);
  size_t begin = cursor.empty() ? 0 : std::stoul(cursor.substr(1)), at = 0;
  Json rows = Json::array();
  for (const auto& [id, whole] : conversations_) {
    int64_t start = whole["metadata"]["start_time_unix_secs"];
    if (start <= from || at++ < begin || rows.size() == page_size_) continue;
    rows.push_back({{"conversation_id", id},
                    {"agent_id", whole["agent_id"]},
                    {"start_time_unix_secs", start},
                    {"status", whole["status"]}});
  }
  bool more = begin + rows.size() < at;
  return {{"conversations", rows},
          {"has_more", more},
          {"next_cursor", more ? Json(fmt::format("c{}", begin + rows.size())) : Json()}};
}

Json ProviderLists::calls(const std::string& target) const {
  std::string page = param(target, "Page");
  size_t begin = page.empty() ? 0 : std::stoul(page) * page_size_;
  Json rows = Json::array();
  for (size_t i = begin; i < calls_.size() && rows.size() < page_size_; ++i) rows.push_back(calls_[i]);
  Json out{{"calls", rows}, {"next_page_uri", nullptr}};
  if (begin + rows.size() < calls_.size())
    out["next_page_uri"] = fmt::format("/2010-04-01/Accounts/AC00000000000000000000000000000000/Calls.json?Page={}",
                                       begin / page_size_ + 1);
  return out;
}

std::string conversation_id(int n) { return fmt::format("conv_{:06}", n); }

Json made_conversation(int n) {
  int64_t start = kFirstSecs + n * 37;
  Json turns = {
      {{"role", "agent"}, {"message", "Good morning"}, {"time_in_call_secs", 0}},
      {{"role", "user"}, {"message", n % 3 == 0 ? "I need an appointment" : "call me back"}, {"time_in_call_secs", 4}}};
  return {{"agent_id", "xyz"},
          {"conversation_id", conversation_id(n)},
          {"status", "done"},
          {"transcript", turns},
          {"metadata",
           {{"start_time_unix_secs", start},
            {"call_duration_secs", 20 + n % 50},
            {"cost", 100 + n % 7},
            {"phone_call",
             {{"type", "twilio"},
              {"direction", "inbound"},
              {"call_sid", fmt::format("CA{:032x}", n)},
              {"external_number", fmt::format("+4072200{:04}", n % 10'000)},
              {"agent_number", "+40310000000"}}}}},
          {"analysis", {{"call_successful", n % 4 == 0 ? "failure" : "success"}, {"transcript_summary", "A call."}}}};
}

std::string webhook_of(const Json& conversation) {
  const Json& metadata = conversation["metadata"];
  int64_t end = metadata["start_time_unix_secs"].get<int64_t>() + metadata["call_duration_secs"].get<int64_t>();
  return Json{{"type", "post_call_transcription"}, {"event_timestamp", end}, {"data", conversation}}.dump();
}

}  // namespace hookswitch::test
