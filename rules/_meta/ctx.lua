---@meta
-- What a handler gets as its second argument. Read by editors only, never run.

---@class Ctx
---@field now integer              the event's time, milliseconds since 1970 (UTC). The only clock there is
---@field tenant string?           "business/location", when known
---@field source string?           the configured source; nil for timers
---@field country string?          the tenant's country, ISO 3166: numbers without a country code are read with it
---@field timezone string          the tenant's IANA time zone
---@field call CtxCall?            the call this event is about; nil when it is about none
---@field calls CtxCalls
---@field contacts CtxContacts
---@field agents CtxAgents
---@field kpi CtxKpi
---@field activity CtxActivity
---@field timer CtxTimer
---@field action CtxAction
---@field tasks CtxTasks
---@field state CtxState           this rule's own memory
--- Sends a record to a sink of the configuration, at least once. A rule with `per = "call"` needs a key: the same key is
--- the same record. A sink that is not configured is an error.
---@field emit fun(sink: string, record: table, key: string?)
---@field has_sink fun(sink: string): boolean  whether there is such a sink
---@field reply fun(answer: Reply) the answer to an event that wants one; the last one stands
---@field log fun(message: string, fields: table?)  a line in the engine's log
---@field fail fun(reason: string) gives the event up as a dead letter; nothing of it is applied

---@class Call
---@field id string
---@field tenant string?
---@field source string?
---@field provider string?
---@field agent_id string?
---@field direction "inbound"|"outbound"|nil
---@field status "initiated"|"ringing"|"in_progress"|"completed"|"failed"|"no_answer"|"busy"|"canceled"|"ended_manually"|nil
---@field disposition string?      the rules' word: resolved, escalated, callback_scheduled, ...
---@field from string?
---@field to string?
---@field caller_name string?
---@field started_at integer?      ms
---@field answered_at integer?     ms
---@field ended_at integer?        ms
---@field duration_secs number?
---@field cost number?
---@field currency string?
---@field intent string?
---@field sentiment string?
---@field outcome string?          the provider's word
---@field summary string?
---@field transcript_turns integer?
---@field has_recording boolean?
---@field task_id string?
---@field contact_id string?
---@field created_at integer?
---@field updated_at integer?
---@field reported_by string?  who told of it: "sync" or "both"; nothing is "webhook"
---@field variables table<string, any>
---@field metadata table<string, any>
---@field external_ids table<string, string>  the providers' ids: call_sid, conversation_id, ...

---@class CtxCall: Call
local CtxCall = {}

--- Changes fields; `variables` and `metadata` are merged key by key (json.null removes one). Among deliveries the word
--- of the latest event stands, in whatever order they arrive. What a rule with `per = "call"` changes stands above that
--- until it runs again. `likely_tenant` is a tenant unless the configuration knows another, now or later.
---@param fields table
function CtxCall:update(fields) end

---@class CtxCalls
local CtxCalls = {}

--- Another call of the same tenant, as a plain table; nil when there is none.
---@param id string  ours or any provider's
---@return Call?
function CtxCalls:get(id) end

---@class Contact
---@field id string
---@field name string?
---@field phones string[]?   in E.164, or an address such as whatsapp:+40722123456
---@field tenant string?     the event's when left out
---@field do_not_call boolean?
---@field consent table<string, boolean>?  by type of action: { call = true, sms = false }
---@field timezone string?   IANA name
---@field [string] any

---@class CtxContacts
local CtxContacts = {}

---@param id string
---@return Contact?
function CtxContacts:get(id) end

--- By telephone number, in any spelling.
---@param by {phone: string}
---@return Contact?
function CtxContacts:find(by) end

--- Makes or replaces a contact. Numbers are kept in E.164, those without a country code as of the tenant's country.
--- Another tenant's, which `get` does not show, is an error: an id made of a number has the tenant in it.
---@param contact Contact
function CtxContacts:put(contact) end

---@class Agent
---@field id string
---@field tenant string?     the event's when left out
---@field name string?
---@field phones string[]?   in E.164, or an address such as whatsapp:+40722123456
---@field source string?     the event's when left out
---@field [string] any

---@class CtxAgents
local CtxAgents = {}

---@param id string
---@return Agent?
function CtxAgents:get(id) end

--- By one of its `phones`, in any spelling.
---@param by {phone: string}
---@return Agent?
function CtxAgents:find(by) end

--- Makes or replaces an agent; `tenant` says for whom it answers. Another tenant's, which `get` does not show, is an
--- error.
---@param agent Agent
function CtxAgents:put(agent) end

---@class CtxKpi
local CtxKpi = {}

--- Adds to a sum. Sums are kept by hour, tenant and dimensions; negative amounts are allowed. What an event about a
--- call adds counts in the hour the call started, else in the event's.
---@param name string
---@param amount number?                                  1 when left out
---@param dimensions table<string, string|number|boolean>?  at most 8
function CtxKpi:add(name, amount, dimensions) end

--- One measured value, for averages and percentiles.
---@param name string
---@param value number
---@param dimensions table<string, string|number|boolean>?
function CtxKpi:observe(name, value, dimensions) end

---@class CtxActivity
local CtxActivity = {}

--- An entry of the feed. Any further fields are kept with it.
---@param entry {kind: string, title: string, time: integer?, call: string?, [string]: any}
function CtxActivity:add(entry) end

---@class CtxTimer
local CtxTimer = {}

--- An event `timer.<name>` in the future, about the call this event is about. Setting a key again replaces it; keys
--- are shared by all rules and calls, so put the call's id into them. What a rule with per = "call" sets for a call
--- fires once for each key.
---@param timer {key: string, name: string, at: integer?, after: integer|string?, data: table?}  after: ms, "90s", "5m", "2h", "1d"
function CtxTimer:set(timer) end

---@param key string
function CtxTimer:cancel(key) end

--- What a provider is to do. Nothing is done while the rule runs: the outbox carries it out later, once, and
--- `action.done`, `action.failed` or `action.unknown` tells what came of it. All give the id of the action. Asking again with the
--- same `key` changes nothing; a rule with per = "call" has to give one. `at` (ms): not before; `priority` -100 to 100.
--- `source`: which is to do it. Left out: the event's, else that of `ctx.call`, where it can do it, else the only one that
--- can; where several can it is refused with the code `no_source`.
---@class CtxAction
local CtxAction = {}

---@param call {to: string, from: string?, agent_id: string?, phone_number_id: string?, contact_id: string?, variables: table?, metadata: table?, timeout_secs: integer?, record: boolean?, machine_detection: string?, twiml: string?, url: string?, window: "any"|table?, source: string?, at: integer?, key: string?, priority: integer?}
---@return string id
function CtxAction:call(call) end

---@param message {to: string, body: string, from: string?, contact_id: string?, window: "any"|table?, source: string?, at: integer?, key: string?, priority: integer?}
---@return string id
function CtxAction:sms(message) end

--- Hangs up: this event's call, or the one named.
---@param which {call: string?, source: string?, at: integer?, key: string?, priority: integer?}
---@return string id
function CtxAction:end_call(which) end

--- Anything else that the source's plugin can do.
---@param request {source: string, type: string, params: table?, at: integer?, key: string?, priority: integer?}
---@return string id
function CtxAction:request(request) end

---@class Task
---@field id string
---@field key string
---@field tenant string?
---@field kind string              callback, check_in, ...
---@field channel "call"|"sms"
---@field to string?
---@field contact_id string?
---@field agent_id string?
---@field source string?
---@field status "scheduled"|"in_progress"|"completed"|"failed"|"canceled"|"exhausted"
---@field decided boolean?         a rule of this very event has said what becomes of it
---@field outcome string?          of the last attempt
---@field code string?             why it failed, or why it waits longer than asked
---@field reason string?
---@field attempts integer         made so far
---@field max_attempts integer
---@field due_at integer           ms
---@field next_attempt_at integer?
---@field expires_at integer?
---@field call_id string?          of the last attempt
---@field action_id string?
---@field campaign_id string?
---@field variables table<string, any>
---@field metadata table<string, any>

--- People to be reached, until they are. A key is one task for ever: put what makes it one into it, such as the call's id.
---@class CtxTasks
local CtxTasks = {}

--- Makes a task, or changes one that waits for its attempt; one that is under way or has ended stays as it is.
---@param task {key: string, to: string?, contact_id: string?, kind: string?, channel: "call"|"sms"|nil, due_at: integer|string|nil, after: integer|string|nil, expires_at: integer|string|nil, source: string?, agent_id: string?, window: table|"any"|nil, retry: {attempts: integer?, delays: (string|integer)[]?, jitter: number?, on: string[]?}|nil, body: string?, variables: table?, metadata: table?, priority: integer?}
---@return string id
function CtxTasks:schedule(task) end

---@param key string      or id
---@param outcome string? "completed" when left out
function CtxTasks:complete(key, outcome) end

---@param key string
---@param reason string?
function CtxTasks:cancel(key, reason) end

--- The attempt under way reached nobody: the next one is due when its retry policy says, or at a time of yours. Within
--- the hour this also takes back that the same rule completed the task, by an event of the same attempt's call.
---@param key string
---@param how {outcome: string?, at: integer?, after: integer|string|nil}?
function CtxTasks:retry(key, how) end

---@param key string
---@return Task?
function CtxTasks:get(key) end

---@class CtxState
local CtxState = {}

---@param key string
---@return any  nil when nothing was put
function CtxState:get(key) end

---@param key string
---@param value any  anything JSON can say, at most 256 KiB
function CtxState:put(key, value) end

---@param key string
function CtxState:delete(key) end

--- One of `twiml`, `json` and the three others together.
---@class Reply
---@field twiml string?
---@field json any?
---@field status integer?        200 to 599; 200 when left out
---@field body string?
---@field content_type string?
