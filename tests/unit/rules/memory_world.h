// A world in memory: what rules see in these tests, and what they asked for.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>

#include "engine/rules/rule_set.h"
#include "engine/rules/vocabulary.h"

namespace hookswitch {

struct MemoryWorld final : World {
  Tenancy whose{"B1/L1", "US", "America/New_York"};
  std::optional<Call> current;
  std::map<std::string, Json> contacts;
  std::map<std::string, Json> agents;
  std::map<std::string, Json> tasks;
  std::map<std::string, std::string> memories;  // "rule/key"
  std::map<std::string, Call> calls;
  Effects effects;
  uint64_t writes = 0;

  const Tenancy& tenancy() const override { return whose; }
  const Call* call() const override { return current ? &*current : nullptr; }
  std::optional<Call> find_call(std::string_view id) override { return found(calls, std::string(id)); }
  std::optional<Json> contact(std::string_view id) override { return found(contacts, std::string(id)); }
  std::optional<Json> agent(std::string_view id) override { return found(agents, std::string(id)); }
  std::optional<Json> timer(std::string_view) override { return std::nullopt; }
  std::optional<Json> task(std::string_view key) override { return found(tasks, std::string(key)); }

  std::optional<Json> find_contact(std::string_view phone) override {
    for (const auto& [id, contact] : contacts) {
      for (const Json& number : contact.value("phones", Json::array())) {
        if (number == phone) return contact;
      }
    }
    return std::nullopt;
  }

  std::optional<Json> find_agent(std::string_view phone) override {
    for (const auto& [id, agent] : agents) {
      for (const Json& number : agent.value("phones", Json::array())) {
        if (number == phone) return agent;
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> memory(std::string_view rule, std::string_view key) override {
    return found(memories, std::string(rule) + "/" + std::string(key));
  }

  Status add(Effect effect) override {
    if (auto* update = std::get_if<CallUpdate>(&effect.wish)) {
      for (const auto& [name, value] : update->fields.items()) {
        const bool likely = name == kLikelyTenant;
        const Stamp stamp = likely ? Stamp{0, 0, 1} : Stamp{1, 1, ++writes};
        if (auto set = current->update(likely ? "tenant" : name, value, stamp); !set) return set;
      }
    }
    if (auto* put = std::get_if<MemoryPut>(&effect.wish)) memories[effect.rule + "/" + put->key] = put->json;
    if (auto* gone = std::get_if<MemoryDelete>(&effect.wish)) memories.erase(effect.rule + "/" + gone->key);
    effects.push_back(std::move(effect));
    return {};
  }

  /// All effects as JSON, without those who asked.
  Json shown() const {
    Json out = Json::array();
    for (const Effect& effect : effects) out.push_back(to_json(effect));
    return out;
  }

 private:
  template <class Map>
  static std::optional<typename Map::mapped_type> found(const Map& map, const std::string& key) {
    auto at = map.find(key);
    return at == map.end() ? std::nullopt : std::optional(at->second);
  }
};

/// A rules directory that goes when the test ends.
class RuleDir {
 public:
  RuleDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hookswitch_rules_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~RuleDir() { std::filesystem::remove_all(path_); }
  RuleDir& add(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((std::filesystem::path(path_) / name).parent_path());
    std::ofstream(path_ + "/" + name) << text;
    return *this;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline Call a_call() {
  Call call;
  call.set(CallField::id, std::string("call_1"));
  call.set(CallField::from, std::string("+13105551234"));
  return call;
}

inline Event an_event(std::string type = "conversation.ended", std::string data = "{}") {
  Event event;
  event.id = "e1";
  event.type = std::move(type);
  event.source = "elevenlabs";
  event.provider = "elevenlabs";
  event.time_ms = 1'739'537'297'000;
  event.seq = 7;
  event.data = std::move(data);
  return event;
}

}  // namespace hookswitch
