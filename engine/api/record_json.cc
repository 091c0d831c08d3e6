#include "engine/api/record_json.h"

#include <openssl/evp.h>
#include <simdjson.h>

#include "engine/base/time_text.h"

namespace hookswitch {
namespace {

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return out;
}

bool holds_secret(std::string_view header) {
  for (const char* part : {"authorization", "secret", "api-key", "cookie", "password"}) {
    if (header.find(part) != std::string_view::npos) return true;
  }
  return false;
}

Json headers_of(const RecordView& record) {
  Json out = Json::object();
  for (const auto& [name, value] : record.headers()) out[name] = holds_secret(name) ? "(not shown)" : value;
  return out;
}

// What a command says about a token is its hash, which is nobody's business.
std::string shown_body(const RecordView& record) {
  if (record.kind != RecordKind::command) return std::string(record.body);
  Json body = parse_json(record.body);
  if (!body.is_object() || body.erase("hash") == 0) return std::string(record.body);
  return dump(body);
}

void add_body(const RecordView& record, Json& out) {
  if (!record.blob.empty()) {
    out["blob"] = record.blob;
    return;
  }
  std::string body = shown_body(record);
  if (simdjson::validate_utf8(body.data(), body.size())) {
    out["body"] = std::move(body);
  } else {
    out["body_base64"] = base64(body);
  }
}

Json event_of(const Event& event) {
  Json data = parse_json(event.data);
  Json raw = parse_json(event.raw);
  return {{"id", event.id},
          {"type", event.type},
          {"subject", event.subject},
          {"time", rfc3339(event.time_ms)},
          {"source", event.source},
          {"provider", event.provider},
          {"data", data.is_discarded() ? Json() : std::move(data)},
          {"raw", raw.is_discarded() ? Json() : std::move(raw)}};
}

// Which rule did what with each event, when that is kept.
void add_rules(const Result<Json>& ran, Json& events) {
  if (!ran) return;
  for (const Json& traced : ran->at("events")) {
    size_t index = traced.value("index", SIZE_MAX);
    if (index >= events.size()) continue;
    Json& rules = events[index]["rules"] = Json::array();
    for (const Json& run : traced.at("rules")) {
      rules.push_back({{"rule", run.at("rule")}, {"effects", run.at("effects")}});
    }
  }
}

}  // namespace

Json summary_of(const RecordView& record) {
  uint64_t bytes = record.blob.empty() ? record.body.size() : record.blob_bytes;
  return {{"seq", record.seq},       {"time", rfc3339(record.time_ms)}, {"kind", name(record.kind)},
          {"source", record.source}, {"path", record.header(":path")},  {"bytes", bytes}};
}

Json details_of(const RecordView& record, const ApiParts& parts) {
  Json out = summary_of(record);
  if (record.erased) out["erased"] = true;
  out["headers"] = headers_of(record);
  add_body(record, out);
  out["events"] = Json::array();
  auto events = parts.decode(record);
  if (!events) {
    out["error"] = events.error().message;
    return out;
  }
  for (const Event& event : *events) out["events"].push_back(event_of(event));
  add_rules(parts.ran(record, events), out["events"]);
  return out;
}

}  // namespace hookswitch
