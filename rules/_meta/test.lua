---@meta hookswitch.test
-- Tests of rules: files tests/*_test.lua, run by `hookswitch test`. Read by editors only, never run.

---@class hookswitch.test
local t = {}
--- A test, with an engine of its own.
---@param name string
---@param run fun(engine: hookswitch.test.Engine)
function t.test(name, run) end
--- A test for each case, named by its field `name`, its key, or its values.
---@param name string
---@param cases table
---@param run fun(engine: hookswitch.test.Engine, case: any)
function t.each(name, cases, run) end
--- All of it is equal, tables field by field.
---@param what? string  names it in the message
function t.equal(got, expected, what) end
--- The fields that `expected` names are equal.
---@param expected table
---@param what? string
function t.matches(got, expected, what) end
--- An item of the list matches.
---@param list table
---@param what? string
function t.contains(list, expected, what) end
--- Neither false nor nil.
---@param what? string
function t.ok(value, what) end
--- It raises an error with this text in it.
---@param run fun()
---@param text? string
function t.fails(run, text) end
--- A recorded payload beside the test, as a table, with `changes` merged into it; json.null removes a field.
---@param name string  "fixtures/x.json" or "fixtures/x.form"
---@param changes? table
---@return table
function t.fixture(name, changes) end
--- A payload that is sent as a form.
---@param fields table<string, string|number>
---@return table
function t.form(fields) end

---@alias hookswitch.test.Time string|integer  RFC 3339, or milliseconds since 1970

---@class hookswitch.test.Event
---@field type string
---@field id string
---@field time integer
---@field data table
---@field tenant? string
---@field call_id? string
---@field subject? string
---@field duplicate boolean
---@field rules string[]  that ran, in their order
---@field effects table[]  {effect=, rule=, ...}

---@class hookswitch.test.Outcome: hookswitch.test.Event
---@field call? Call  as it stands then
---@field reply? {status: integer, content_type: string, body: string, json: any}
---@field dead? string  why it became a dead letter
---@field events hookswitch.test.Event[]
---@field fired hookswitch.test.Event[]  of timers that came due

---@class hookswitch.test.Engine
local engine = {}
---@param tenant string|{id: string, name?: string, timezone?: string, country?: string, agents?: any[], numbers?: string[], sources?: string[]}
function engine:tenant(tenant) end
---@param source {name: string, provider: string, settings?: table, tenant?: string}
function engine:source(source) end
--- There are these sinks and no others, `{}`: none. Until it is said, whatever sink a rule names is there.
---@param names string[]
function engine:sinks(names) end
---@param contact table
function engine:put_contact(contact) end
---@param agent table
function engine:put_agent(agent) end
--- As POST /tasks would make it; nothing is ever sent in a test: its events say what came of an attempt.
---@param task {tenant?: string, key?: string, to?: string, contact_id?: string, source?: string, due_at?: integer|string, [string]: any}
---@return string id
function engine:put_task(task) end
---@param id string  its id, or its key
---@param tenant? string  of a key
---@return Task?
function engine:task(id, tenant) end
---@return Task[]  newest first
function engine:tasks() end
---@return {id: string, type: string, status: string, params: table, source?: string, call_id?: string, task_id?: string}[]  newest first
function engine:actions() end
---@param rule string
---@param key string
function engine:set_memory(rule, key, value) end
---@param time hookswitch.test.Time
---@return hookswitch.test.Outcome
function engine:at(time) end
---@param by string|integer  "2h", "1d12h", or milliseconds
---@return hookswitch.test.Outcome
function engine:advance(by) end
---@return integer
function engine:now() end
---@param source string  what stands behind /hooks/: "elevenlabs", "twilio/status"
---@param payload string|table  a fixture's name, JSON as a table, or t.form {...}
---@param options? {headers?: table<string, string>, query?: string}
---@return hookswitch.test.Outcome
function engine:deliver(source, payload, options) end
--- Without `source` it is from one called "test": name it where the tenant is told by source and agent.
---@param event {type: string, source?: string, provider?: string, id?: string, subject?: string, time?: hookswitch.test.Time, call?: string, data?: table, raw?: any, wants_reply?: boolean}
---@return hookswitch.test.Outcome
function engine:event(event) end
---@return {redriven: integer, failed: integer, left: integer, reasons: {id: string, reason: string}[]?}
function engine:redrive() end
---@param id string  ours or any provider's
---@return Call?
function engine:call(id) end
---@return Call[]  newest first
function engine:calls() end
---@param id string
---@return table[]?
function engine:transcript(id) end
--- The sum of what fits: of one tenant, of the hour that holds `at`, of dimensions by their names.
---@param name string
---@param where? table
---@return number
function engine:kpi(name, where) end
---@param name? string
---@return {name: string, tenant: string, hour: integer, day: integer, dimensions: table<string, string>, count: integer, sum: number, p50?: number}[]
function engine:kpis(name) end
---@return table[]  newest first
function engine:activity() end
---@return {key: string, name: string, at: integer, data: table}[]  earliest first
function engine:timers() end
---@return table[]
function engine:contacts() end
---@return table[]
function engine:agents() end
---@param rule string
---@param key string
function engine:memory(rule, key) end
---@return {id: string, reason: string, rule?: string, type?: string, source?: string}[]
function engine:dead() end

return t
