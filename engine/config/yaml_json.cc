#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "engine/config/readers.h"

namespace hookswitch {
namespace {

bool looks_like_id(const std::string& text) {
  return text.front() == '+' || (text.size() > 1 && text[0] == '0' && text[1] != '.');
}

template <class T>
std::optional<T> whole(const std::string& text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Json plain_scalar(const std::string& text) {
  if (text == "~" || text == "null" || text.empty()) return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  if (looks_like_id(text)) return text;
  if (auto integer = whole<int64_t>(text)) return *integer;
  bool numeric = text.find_first_not_of("0123456789.eE+-") == std::string::npos;
  bool fraction = text.find_first_of(".eE") != std::string::npos;
  if (auto number = whole<double>(text); numeric && fraction && number && std::isfinite(*number)) return *number;
  return text;
}

// By what secrets of providers are called: "auth_token", "webhook_secret[1]", "initiation_secret.value".
bool is_secret_name(std::string_view name) {
  if (name.ends_with(']')) name = name.substr(0, name.rfind('['));
  return name.ends_with("secret") || name.ends_with("secret.value") || name.ends_with("token") ||
         name.ends_with("api_key") || name.ends_with("password");
}

Json scalar_to_json(const YAML::Node& node, ReadContext context, const std::string& name) {
  const std::string& text = node.Scalar();
  const bool refers = text.find("${") != std::string::npos;
  if (is_secret_name(name)) {
    if (std::string secret = resolved_secret(context, node, name); refers) return secret;
  } else if (refers) {
    return resolved(context, node, name);
  }
  return node.Tag() == "?" ? plain_scalar(text) : Json(text);
}

}  // namespace

Json yaml_to_json(const YAML::Node& node, ReadContext context, const std::string& name) {
  if (!node.IsDefined() || node.IsNull()) return nullptr;
  if (node.IsScalar()) return scalar_to_json(node, context, name);
  if (node.IsSequence()) {
    Json out = Json::array();
    for (size_t i = 0; i < node.size(); ++i) {
      out.push_back(yaml_to_json(node[i], context, fmt::format("{}[{}]", name, i)));
    }
    return out;
  }
  Section section(context, node, name);  // reports bad and repeated keys
  Json out = Json::object();
  for (const std::string& key : section.keys()) {
    out[key] = yaml_to_json(section.node(key), context, fmt::format("{}.{}", name, key));
  }
  return out;
}

}  // namespace hookswitch
