// The shapes of what the API answers and takes, for its OpenAPI document.
#include "engine/api/resources.h"
#include "engine/state/call.h"

namespace hookswitch {
namespace {

const char* const kSchemas = R"({
  "Object": {"type": "object"},
  "Problem": {"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
    "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
    "detail": {"type": "string"}}},
  "Ready": {"type": "object", "required": ["ready"], "properties": {
    "ready": {"type": "boolean"}, "reasons": {"type": "array", "items": {"type": "string"}},
    "warnings": {"type": "array", "items": {"type": "string"}, "description": "what a person should look at"}}},
  "Turn": {"type": "object", "properties": {
    "role": {"type": "string"}, "message": {"type": ["string", "null"]}, "time_secs": {"type": ["number", "null"]}}},
  "TurnList": {"type": "object", "properties": {
    "data": {"type": "array", "items": {"$ref": "#/components/schemas/Turn"}}, "next_cursor": {"type": "null"}}},
  "Kpi": {"type": "object", "properties": {
    "name": {"type": "string"}, "tenant": {"type": ["string", "null"]},
    "start": {"type": "string", "format": "date-time"}, "end": {"type": "string", "format": "date-time"},
    "key": {"type": ["string", "null"], "description": "value of the dimension asked for with `by`"},
    "value": {"type": "number"}, "count": {"type": "integer"}, "avg": {"type": "number"},
    "min": {"type": ["number", "null"], "description": "of observed values, within 1 %, as are p50 and p95"},
    "p50": {"type": ["number", "null"]}, "p95": {"type": ["number", "null"]}}},
  "KpiList": {"type": "object", "properties": {
    "data": {"type": "array", "items": {"$ref": "#/components/schemas/Kpi"}},
    "next_cursor": {"type": ["string", "null"]}}},
  "Totals": {"type": "object", "properties": {
    "start": {"type": "string", "format": "date-time"}, "calls": {"type": "integer"},
    "by_status": {"type": "object", "additionalProperties": {"type": "integer"}},
    "duration_secs": {"type": "number"}, "avg_duration_secs": {"type": ["number", "null"]},
    "p50_duration_secs": {"type": ["number", "null"]}, "p95_duration_secs": {"type": ["number", "null"]},
    "cost": {"type": "object", "additionalProperties": {"type": "number"}}}},
  "Stats": {"allOf": [{"$ref": "#/components/schemas/Totals"}, {"type": "object", "properties": {
    "complete": {"type": "boolean"},
    "days": {"type": "array", "items": {"$ref": "#/components/schemas/Totals"}}}}]},
  "Activity": {"type": "object", "properties": {
    "id": {"type": "string"}, "tenant": {"type": ["string", "null"]}, "call": {"type": ["string", "null"]},
    "time": {"type": "string", "format": "date-time"}, "kind": {"type": "string"}, "title": {"type": "string"}}},
  "Contact": {"type": "object", "properties": {
    "id": {"type": "string"}, "name": {"type": ["string", "null"]},
    "phones": {"type": "array", "items": {"type": "string"}},
    "tenant": {"type": ["string", "null"], "description": "business/location"},
    "do_not_call": {"type": ["boolean", "null"]},
    "consent": {"type": ["object", "null"], "additionalProperties": {"type": ["boolean", "null"]},
      "description": "by type of action, such as {\"call\": true, \"sms\": false}"},
    "timezone": {"type": ["string", "null"], "description": "IANA name"}}},
  "Agent": {"type": "object", "properties": {
    "id": {"type": "string"}, "source": {"type": ["string", "null"], "description": "left out: of every source"},
    "tenant": {"type": ["string", "null"], "description": "business/location"},
    "name": {"type": ["string", "null"]}}},
  "Record": {"type": "object", "properties": {
    "seq": {"type": "integer"}, "time": {"type": "string", "format": "date-time"}, "kind": {"type": "string"},
    "source": {"type": "string"}, "path": {"type": "string"}, "bytes": {"type": "integer"}}},
  "RecordDetails": {"allOf": [{"$ref": "#/components/schemas/Record"}, {"type": "object", "properties": {
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "body": {"type": "string"}, "body_base64": {"type": "string"},
    "blob": {"type": "string", "description": "SHA-256 of a body that is kept in a file of its own"},
    "events": {"type": "array", "items": {"type": "object"}}, "error": {"type": "string"}}}]},
  "Trace": {"allOf": [{"$ref": "#/components/schemas/Record"}, {"type": "object", "properties": {
    "as": {"type": "string", "enum": ["then", "now"]}, "rules_version": {"type": "string"},
    "rules_from": {"type": "integer", "description": "the first record that these rules handled"},
    "result": {"type": "object", "description": "of a record of kind result: what came of which attempt"},
    "error": {"type": "string"}, "events": {"type": "array", "items": {"$ref": "#/components/schemas/TracedEvent"}}}}]},
  "TracedEvent": {"type": "object", "properties": {
    "seq": {"type": "integer"}, "index": {"type": "integer"}, "id": {"type": "string"}, "type": {"type": "string"},
    "data": {"type": "object"}, "call": {"type": ["string", "null"]}, "tenant": {"type": "string"},
    "duplicate": {"type": "boolean"}, "error": {"type": "string"}, "reply": {"type": "object"},
    "rules": {"type": "array", "items": {"type": "object", "properties": {
      "rule": {"type": "string"}, "steps": {"type": "integer"}, "memory_bytes": {"type": "integer"},
      "us": {"type": "integer"}, "effects": {"type": "array", "items": {"type": "object"}}}}}}},
  "DeadLetter": {"type": "object", "properties": {
    "id": {"type": "string"}, "seq": {"type": "integer"}, "index": {"type": "integer"},
    "reason": {"type": "string"}, "culprit": {"type": "string"}, "time": {"type": "string", "format": "date-time"},
    "kind": {"type": "string"}, "event_id": {"type": "string"}, "event_type": {"type": "string"},
    "source": {"type": "string"},
    "trimmed": {"type": "boolean", "description": "its record went from the log: it can only be dropped"}}},
  "Redrive": {"type": "object", "properties": {
    "redriven": {"type": "integer"}, "failed": {"type": "integer"}, "left": {"type": "integer"},
    "reasons": {"type": "array", "description": "why the first of those that failed did", "items": {
      "type": "object", "properties": {"id": {"type": "string"}, "reason": {"type": "string"}}}}}},
  "Refusal": {"type": "object", "properties": {
    "id": {"type": "integer"}, "time": {"type": "string", "format": "date-time"}, "source": {"type": "string"},
    "path": {"type": "string"}, "status": {"type": "integer"}, "code": {"type": "string"},
    "reason": {"type": "string"}, "peer": {"type": "string"}, "bytes": {"type": "integer"},
    "accepted_now": {"type": "boolean"}, "found": {"type": "boolean", "description": "what would accept it"},
    "advice": {"type": "string"},
    "setting": {"type": ["string", "null"], "description": "key of the configuration to change"},
    "value": {"type": ["string", "null"], "description": "that it should have; null where that is a secret"}}},
  "RefusalChoice": {"type": "object", "additionalProperties": false, "properties": {
    "ids": {"type": "array", "items": {"type": "integer"}}, "source": {"type": "string"},
    "all": {"type": "boolean"}}},
  "Redriven": {"type": "object", "properties": {
    "redriven": {"type": "array", "items": {"type": "object"}},
    "refused": {"type": "array", "items": {"type": "object"}}}},
  "Action": {"type": "object", "properties": {
    "id": {"type": "string"}, "type": {"type": "string"}, "source": {"type": ["string", "null"]},
    "params": {"type": "object"}, "tenant": {"type": ["string", "null"]}, "call_id": {"type": ["string", "null"]},
    "task_id": {"type": ["string", "null"]},
    "rule": {"type": ["string", "null"], "description": "who asked: a rule, or \"command\""},
    "status": {"type": "string",
      "enum": ["waiting", "sending", "unknown", "held", "done", "failed", "refused", "canceled"]},
    "attempt": {"type": "integer"}, "max_attempts": {"type": "integer"}, "priority": {"type": "integer"},
    "created_at": {"type": "string", "format": "date-time"},
    "next_attempt_at": {"type": ["string", "null"], "format": "date-time"},
    "sent_at": {"type": ["string", "null"], "format": "date-time"},
    "ended_at": {"type": ["string", "null"], "format": "date-time"},
    "code": {"type": ["string", "null"]}, "reason": {"type": ["string", "null"]},
    "result": {"description": "what the provider says it made"}}},
  "Accepted": {"type": "object", "required": ["action_id", "call_id"], "properties": {
    "action_id": {"type": "string"}, "call_id": {"type": "string"},
    "action": {"$ref": "#/components/schemas/Action"}}},
  "CallWish": {"type": "object", "additionalProperties": false, "properties": {
    "to": {"type": "string", "description": "telephone number, in any writing; or contact_id"},
    "from": {"type": "string"}, "source": {"type": "string"}, "agent_id": {"type": "string"},
    "phone_number_id": {"type": "string"}, "contact_id": {"type": "string"}, "tenant": {"type": "string"},
    "variables": {"type": "object"}, "metadata": {"type": "object"},
    "not_before": {"type": "string", "format": "date-time"}, "timeout_secs": {"type": "integer"},
    "record": {"type": "boolean"}, "machine_detection": {"type": ["boolean", "string"]},
    "twiml": {"type": "string", "maxLength": 4000, "description": "what the call is to hear, in Twilio's language"},
    "url": {"type": "string", "maxLength": 256, "pattern": "^https?://",
      "description": "or where Twilio asks for that; nobody else does"},
    "window": {"$ref": "#/components/schemas/Hours", "description": "at once when left out, as whoever asks decides"}}},
  "CallEnd": {"type": "object", "additionalProperties": false, "properties": {
    "source": {"type": "string", "description": "which is to hang up, when several can"}}},
  "Logged": {"type": "object", "required": ["accepted", "seq"], "properties": {
    "accepted": {"type": "boolean"}, "seq": {"type": "integer", "description": "of the command's record"},
    "id": {"type": "string", "description": "of the token that will be made"},
    "token": {"type": "string", "description": "its secret: shown once"},
    "rejected_count": {"type": "integer", "description": "of a campaign's people"},
    "rejected": {"type": "array", "items": {"type": "object", "properties": {
      "line": {"type": "integer"}, "reason": {"type": "string"}}}}}},
  "DeadChoice": {"type": "object", "additionalProperties": false, "properties": {
    "ids": {"type": "array", "items": {"type": "string"}}, "source": {"type": "string"},
    "type": {"type": "string"}, "all": {"type": "boolean"}}},
  "EvalWish": {"type": "object", "required": ["code"], "additionalProperties": false, "properties": {
    "code": {"type": "string", "description": "Lua, an expression or statements, with `event` and `ctx`"},
    "seq": {"type": "integer", "description": "a record of the log; else `event`"},
    "index": {"type": "integer", "description": "which of the record's events, from 0"},
    "event": {"type": "object", "required": ["type"], "additionalProperties": false, "properties": {
      "type": {"type": "string"}, "data": {"type": "object"}, "raw": {}, "source": {"type": "string"},
      "subject": {"type": "string"}, "time": {"type": "integer"}}},
    "rule": {"type": "string", "description": "whose memory ctx.state shows"}}},
  "Evaluation": {"type": "object", "properties": {
    "values": {"type": "array", "items": {}}, "effects": {"type": "array", "items": {"type": "object"}},
    "log": {"type": "array", "items": {"type": "string"}, "description": "what ctx.log was given"},
    "reply": {"type": "object"}, "error": {"type": "string"}, "event": {"type": "object"},
    "call": {"type": ["string", "null"]}, "tenant": {"type": ["string", "null"]},
    "steps": {"type": "integer"}, "memory_bytes": {"type": "integer"}}},
  "Token": {"type": "object", "properties": {
    "id": {"type": "string"}, "role": {"type": "string"}, "tenant": {"type": ["string", "null"]},
    "created_at": {"type": "string", "format": "date-time"}, "revoked_at": {"type": ["string", "null"]}}},
  "NewToken": {"allOf": [{"$ref": "#/components/schemas/Token"}, {"type": "object",
    "properties": {"token": {"type": "string",
      "description": "the secret: shown once, so not in the answer to a repeated Idempotency-Key"}}}]},
  "TokenWish": {"type": "object", "required": ["role"], "additionalProperties": false, "properties": {
    "role": {"type": "string", "enum": ["viewer", "operator", "admin"]},
    "tenant": {"type": "string", "minLength": 1, "description": "sees this one only"},
    "name": {"type": "string", "description": "begins the token's id"}}},
  "Status": {"type": "object", "properties": {
    "version": {"type": "string"}, "ready": {"type": "boolean"},
    "not_ready": {"type": "array", "items": {"type": "string"}},
    "warnings": {"type": "array", "items": {"type": "string"}}, "position": {"type": "integer"},
    "records_per_second": {"type": "number", "description": "that came in during the last minute"},
    "lag_records": {"type": "integer"}, "dead_letters": {"type": "integer"}, "calls": {"type": "integer"},
    "timers": {"type": "integer"},
    "tasks_due": {"type": "integer", "description": "whose next attempt is due and not made yet; counted to 10000"},
    "log": {"type": "object"}, "state": {"type": "object"},
    "processor": {"type": "object"}, "outbox": {"type": "object"}}},
  "PluginList": {"type": "object", "properties": {
    "data": {"type": "array", "items": {"type": "object"}}, "next_cursor": {"type": "null"}}},
  "RuleVersion": {"type": ["object", "null"], "properties": {"version": {"type": "string"},
    "from_seq": {"type": "integer", "description": "the first record it handled"},
    "time": {"type": "string", "format": "date-time"}}},
  "RuleMistake": {"type": "object", "properties": {"file": {"type": ["string", "null"]},
    "line": {"type": ["integer", "null"]}, "rule": {"type": ["string", "null"]}, "reason": {"type": "string"}}},
  "Rules": {"type": "object", "properties": {
    "version": {"type": "string", "description": "SHA-256 over names and contents of the files"},
    "since": {"$ref": "#/components/schemas/RuleVersion"},
    "rules": {"type": "array", "items": {"type": "object"}},
    "history": {"type": "array", "items": {"$ref": "#/components/schemas/RuleVersion"}},
    "refused": {"type": ["object", "null"], "description": "why the files as they are do not rule", "properties": {
      "version": {"type": ["string", "null"]}, "time": {"type": "string", "format": "date-time"},
      "errors": {"type": "array", "items": {"$ref": "#/components/schemas/RuleMistake"}}}},
    "errors": {"type": "array", "items": {"type": "string"}}, "refused_reloads": {"type": "integer"},
    "tests": {"type": ["object", "null"], "properties": {
      "version": {"type": ["string", "null"]}, "passed": {"type": "integer"}, "failed": {"type": "integer"},
      "failures": {"type": "array", "items": {"$ref": "#/components/schemas/RuleMistake"}}}}}}
})";

Json field_schema(FieldType type) {
  switch (type) {
    case FieldType::text:
      return {{"type", {"string", "null"}}};
    case FieldType::integer:
      return {{"type", {"integer", "null"}}};
    case FieldType::number:
      return {{"type", {"number", "null"}}};
    case FieldType::boolean:
      return {{"type", {"boolean", "null"}}};
    case FieldType::time_ms:
      return {{"type", {"string", "null"}}, {"format", "date-time"}};
  }
  return Json::object();
}

Json call_schema() {
  Json properties{{"external_ids", {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}}},
                  {"variables", {{"type", "object"}}},
                  {"metadata", {{"type", "object"}}}};
  for (const CallFieldInfo& info : call_fields()) properties[info.name] = field_schema(info.type);
  return {{"type", "object"}, {"properties", properties}};
}

}  // namespace

Json schemas() {
  Json out = parse_json(kSchemas);
  out["Call"] = call_schema();
  out.update(task_schemas());
  out.update(sync_schemas());
  out.update(audit_schemas());
  out.update(erasure_schemas());
  return out;
}

}  // namespace hookswitch
