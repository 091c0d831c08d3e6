#include "engine/doctor/refusal.h"

#include <algorithm>
#include <array>

#include "engine/base/json.h"
#include "engine/base/limits.h"

namespace hookswitch {
namespace {

constexpr auto kPlain = std::to_array<std::string_view>(
    {"content-type", "content-encoding", "user-agent", "host", "forwarded", "via", "i-twilio-idempotency-token",
     "x-original-url", "x-original-uri", "x-original-host", "x-rewrite-url", "x-request-id"});

bool is_kept(std::string_view name) {
  return name.starts_with("x-forwarded-") || name.ends_with("-signature") || name.ends_with("-timestamp") ||
         std::ranges::find(kPlain, name) != kPlain.end();
}

std::string text_in(const Json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

int64_t number_in(const Json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

}  // namespace

std::string_view RefusedDelivery::query() const {
  size_t at = target.find('?');
  return at == std::string::npos ? "" : std::string_view(target).substr(at + 1);
}

std::string RefusedDelivery::why_not_whole() const {
  if (of_unknown_source()) return "its body is not kept: there was no source " + source + " when it came";
  if (body_bytes > limits::kRefusalBodyBytes) return "its body was too large to be kept";
  return "its body is not kept: memory was short when it came";
}

std::string_view RefusedDelivery::header(std::string_view name) const {
  auto found = std::ranges::find(headers, name, [](const auto& each) -> std::string_view { return each.first; });
  return found == headers.end() ? "" : std::string_view(found->second);
}

void keep_headers(const HeaderList& from, RefusedDelivery& to) {
  for (const auto& [name, value] : from) {
    is_kept(name) ? void(to.headers.emplace_back(name, value)) : to.other_headers.push_back(name);
  }
}

std::string text_of(const RefusedDelivery& refusal) {
  Json headers = Json::array();
  for (const auto& [name, value] : refusal.headers) headers.push_back({name, value});
  return dump({{"time_ms", refusal.time_ms},
               {"source", refusal.source},
               {"kind", refusal.kind},
               {"status", refusal.status},
               {"code", refusal.code},
               {"reason", refusal.reason},
               {"method", refusal.method},
               {"target", refusal.target},
               {"peer", refusal.peer},
               {"headers", headers},
               {"other_headers", refusal.other_headers},
               {"body_bytes", refusal.body_bytes}}) +
         "\n" + refusal.body;
}

std::optional<RefusedDelivery> refusal_of(std::string_view text) {
  size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  Json read = parse_json(text.substr(0, end));
  if (!read.is_object()) return std::nullopt;
  RefusedDelivery out;
  out.time_ms = number_in(read, "time_ms");
  out.status = static_cast<int>(number_in(read, "status"));
  out.body_bytes = static_cast<uint64_t>(number_in(read, "body_bytes"));
  for (auto [key, to] : {std::pair{"source", &out.source},
                         {"kind", &out.kind},
                         {"code", &out.code},
                         {"reason", &out.reason},
                         {"method", &out.method},
                         {"target", &out.target},
                         {"peer", &out.peer}}) {
    *to = text_in(read, key);
  }
  for (const Json& header : read.value("headers", Json::array())) {
    if (header.is_array() && header.size() == 2 && header[0].is_string() && header[1].is_string()) {
      out.headers.emplace_back(header[0].get<std::string>(), header[1].get<std::string>());
    }
  }
  for (const Json& name : read.value("other_headers", Json::array())) {
    if (name.is_string()) out.other_headers.push_back(name.get<std::string>());
  }
  out.body = text.substr(end + 1);
  return out;
}

}  // namespace hookswitch
