// The shapes of tasks and of what stands beside them, for the OpenAPI document.
#include "engine/api/resources.h"

namespace hookswitch {
namespace {

const char* const kTaskSchemas = R"({
  "Hours": {"description": "when to call on the callee's clock; \"any\": day and night", "oneOf": [
    {"type": "string", "const": "any"},
    {"type": "object", "additionalProperties": false, "properties": {
      "days": {"type": "string", "examples": ["mon-fri,sun"]}, "from": {"type": "string", "examples": ["09:00"]},
      "to": {"type": "string", "examples": ["18:00"]},
      "timezone": {"type": "string", "description": "the callee's own when left out, after their contact or number"}}}]},
  "Retry": {"type": "object", "additionalProperties": false, "properties": {
    "attempts": {"type": "integer", "minimum": 1, "maximum": 100},
    "delays": {"type": "array", "items": {"type": ["string", "integer"]},
      "description": "after the first attempt, the second ...; \"15m\" or milliseconds; the last one stays"},
    "jitter": {"type": "number", "minimum": 0, "maximum": 1, "description": "part of a delay that may be added to it"},
    "on": {"type": "array", "items": {"type": "string"}, "description": "outcomes worth another attempt"}}},
  "TaskChange": {"type": "object", "additionalProperties": false, "properties": {
    "status": {"type": "string", "enum": ["scheduled", "completed", "canceled"],
      "description": "scheduled: one that has ended is tried once more, when it is due or at once; one that waits goes on waiting"},
    "kind": {"type": "string"}, "channel": {"type": "string", "enum": ["call", "sms"]}, "to": {"type": "string"},
    "due_at": {"type": ["string", "integer"]}, "expires_at": {"type": ["string", "integer"]},
    "source": {"type": "string"}, "agent_id": {"type": "string"}, "contact_id": {"type": "string"},
    "window": {"$ref": "#/components/schemas/Hours"}, "retry": {"$ref": "#/components/schemas/Retry"},
    "body": {"type": "string", "description": "what a message says"}, "variables": {"type": "object"},
    "metadata": {"type": "object"}, "priority": {"type": "integer", "minimum": -100, "maximum": 100}}},
  "TaskWish": {"type": "object", "additionalProperties": false, "properties": {
    "tenant": {"type": "string"},
    "key": {"type": "string", "description": "one key is one task for ever; made up when left out"},
    "kind": {"type": "string", "default": "callback"},
    "channel": {"type": "string", "enum": ["call", "sms"], "default": "call"},
    "to": {"type": "string", "description": "telephone number; or contact_id"},
    "due_at": {"type": ["string", "integer"], "description": "RFC 3339 or milliseconds; now when left out"},
    "expires_at": {"type": ["string", "integer"], "description": "no attempt from then on"},
    "source": {"type": "string"}, "agent_id": {"type": "string"}, "contact_id": {"type": "string"},
    "window": {"$ref": "#/components/schemas/Hours"}, "retry": {"$ref": "#/components/schemas/Retry"},
    "body": {"type": "string", "description": "what a message says"}, "variables": {"type": "object"},
    "metadata": {"type": "object"}, "priority": {"type": "integer", "minimum": -100, "maximum": 100}}},
  "TaskAttempt": {"type": "object", "properties": {
    "at": {"type": "string", "format": "date-time"}, "action_id": {"type": ["string", "null"]},
    "call_id": {"type": ["string", "null"]}, "outcome": {"type": ["string", "null"]},
    "reason": {"type": ["string", "null"]}, "ended_at": {"type": ["string", "null"], "format": "date-time"}}},
  "Task": {"type": "object", "properties": {
    "id": {"type": "string"}, "key": {"type": "string"}, "tenant": {"type": ["string", "null"]},
    "kind": {"type": "string"}, "channel": {"type": "string"}, "to": {"type": ["string", "null"]},
    "source": {"type": ["string", "null"]}, "agent_id": {"type": ["string", "null"]},
    "contact_id": {"type": ["string", "null"]}, "due_at": {"type": "string", "format": "date-time"},
    "next_attempt_at": {"type": ["string", "null"], "format": "date-time"},
    "expires_at": {"type": ["string", "null"], "format": "date-time"},
    "attempts": {"type": "integer"}, "max_attempts": {"type": "integer"},
    "taken_back": {"type": "integer",
      "description": "attempts that were asked for, and not made because the task was changed before they were sent"},
    "status": {"type": "string",
      "enum": ["scheduled", "in_progress", "completed", "failed", "canceled", "exhausted"]},
    "outcome": {"type": ["string", "null"], "description": "of the last attempt"},
    "code": {"type": ["string", "null"], "description": "why it failed, or why it waits longer than asked"},
    "reason": {"type": ["string", "null"]}, "window": {}, "retry": {"type": ["object", "null"]},
    "body": {"type": ["string", "null"]}, "variables": {"type": "object"}, "metadata": {"type": "object"},
    "priority": {"type": "integer"}, "rule": {"type": ["string", "null"]},
    "campaign_id": {"type": ["string", "null"]}, "call_id": {"type": ["string", "null"]},
    "action_id": {"type": ["string", "null"]},
    "completed_by": {"type": ["string", "null"],
      "description": "the rule that said so of the last attempt, and may take it back for an hour"},
    "retried_by": {"type": ["string", "null"],
      "description": "the rule that said that the last attempt came to nothing, and may say for an hour to what"},
    "history": {"type": "array", "items": {"$ref": "#/components/schemas/TaskAttempt"}},
    "created_at": {"type": "string", "format": "date-time"}, "updated_at": {"type": "string", "format": "date-time"},
    "ended_at": {"type": ["string", "null"], "format": "date-time"}}},
  "TaskPreview": {"type": "object", "properties": {
    "task_id": {"type": "string"}, "timezone": {"type": "string", "description": "the callee's, in which local times are"},
    "timezones": {"type": "array", "items": {"type": "string"},
      "description": "where the callee's is not known, all on whose clocks the time must be right"},
    "attempts": {"type": "array", "items": {"type": "object", "properties": {
      "attempt": {"type": "integer"}, "at": {"type": "string", "format": "date-time"},
      "local": {"type": "string"}, "moved_by": {"type": "string", "description": "why it is not earlier"}}}},
    "refused": {"type": "object", "properties": {"code": {"type": "string"}, "reason": {"type": "string"}}}}},
  "Campaign": {"type": "object", "properties": {
    "id": {"type": "string"}, "name": {"type": "string"}, "tenant": {"type": ["string", "null"]},
    "status": {"type": "string", "enum": ["running", "paused", "stopped", "completed", "canceled"]},
    "reason": {"type": ["string", "null"], "description": "why it was paused or stopped by itself"},
    "task": {"type": "object", "description": "what its tasks have in common"},
    "per_minute": {"type": "number"}, "concurrency": {"type": "integer"}, "stop": {"type": "object"},
    "total": {"type": "integer",
      "description": "people, with places left empty: of the erased, and of who was in a list before"},
    "begun": {"type": "integer", "description": "of whom there is a task"},
    "counts": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "its tasks by status"},
    "parked": {"type": "integer", "description": "of those scheduled, who wait for another attempt or for their hours"},
    "created_at": {"type": "string", "format": "date-time"}, "updated_at": {"type": "string", "format": "date-time"},
    "ended_at": {"type": ["string", "null"], "format": "date-time"}}},
  "CampaignPerson": {"type": "object", "additionalProperties": false, "properties": {
    "to": {"type": "string"}, "contact_id": {"type": "string"}, "variables": {"type": "object"}}},
  "CampaignPeople": {"type": "object", "additionalProperties": false, "properties": {
    "contacts": {"type": "array", "items": {"$ref": "#/components/schemas/CampaignPerson"}},
    "text": {"type": "string", "description": "the same as CSV: columns to (or phone) or contact_id, and variables"}}},
  "CampaignWish": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
    "name": {"type": "string"}, "tenant": {"type": "string"},
    "contacts": {"type": "array", "items": {"$ref": "#/components/schemas/CampaignPerson"}},
    "text": {"type": "string", "description": "people as CSV, instead of `contacts`"},
    "per_minute": {"type": "number", "default": 10}, "concurrency": {"type": "integer", "default": 5},
    "paused": {"type": "boolean", "description": "call nobody until it is resumed"},
    "stop": {"type": "object", "additionalProperties": false, "properties": {
      "failed_share": {"type": "number", "default": 0.5}, "after": {"type": "integer", "default": 20}},
      "description":
        "it stops by itself when this share of its ended tasks failed, but not before so many ended; who may not be called does not count"},
    "kind": {"type": "string"}, "channel": {"type": "string", "enum": ["call", "sms"]}, "source": {"type": "string"},
    "agent_id": {"type": "string"}, "body": {"type": "string"}, "due_at": {"type": ["string", "integer"]},
    "expires_at": {"type": ["string", "integer"]}, "window": {"$ref": "#/components/schemas/Hours"},
    "retry": {"$ref": "#/components/schemas/Retry"}, "variables": {"type": "object"},
    "metadata": {"type": "object"}, "priority": {"type": "integer"}}},
  "CampaignChange": {"type": "object", "additionalProperties": false, "properties": {
    "name": {"type": "string"}, "per_minute": {"type": "number"}, "concurrency": {"type": "integer"},
    "stop": {"type": "object", "additionalProperties": false, "properties": {
      "failed_share": {"type": "number"}, "after": {"type": "integer"}}},
    "window": {"$ref": "#/components/schemas/Hours"}}},
  "CampaignMade": {"type": "object", "properties": {
    "campaign": {"$ref": "#/components/schemas/Campaign"}, "accepted": {"type": "integer"},
    "rejected_count": {"type": "integer"},
    "rejected": {"type": "array", "items": {"type": "object", "properties": {
      "line": {"type": "integer"}, "reason": {"type": "string"}}}}}},
  "Suppression": {"type": "object", "properties": {
    "phone": {"type": "string"}, "tenant": {"type": ["string", "null"], "description": "null: whoever calls"},
    "reason": {"type": ["string", "null"]}, "until": {"type": ["string", "null"], "format": "date-time"},
    "created_at": {"type": "string", "format": "date-time"}}},
  "SuppressionWish": {"type": "object", "additionalProperties": false, "properties": {
    "tenant": {"type": "string"}, "reason": {"type": "string"}, "until": {"type": "string", "format": "date-time"}}}
})";

}  // namespace

Json task_schemas() { return parse_json(kTaskSchemas); }

}  // namespace hookswitch
