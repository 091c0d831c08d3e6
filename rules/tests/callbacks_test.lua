--- callbacks.lua
local t = require "hookswitch.test"

local effects_of = require "tests.effects_of"

-- A task whose first attempt is under way.
local function attempt(engine, retry)
  engine:tenant { id = "B1/L1", timezone = "Europe/Bucharest", country = "RO" }
  local id = engine:put_task { tenant = "B1/L1", key = "k", to = "+40721234567", source = "test", retry = retry }
  engine:advance "1s"
  return engine:task(id)
end

local function ended(engine, task, data)
  data.external_ids = { action = task.action_id }
  engine:event { type = "conversation.ended", data = data }
  return engine:task(task.id)
end

t.test("an attempt is a call of the outbox", function(engine)
  local task = attempt(engine)
  t.matches(task, { status = "in_progress", attempts = 1 })
  t.contains(engine:actions(), { id = task.action_id, type = "call", params = { to = "+40721234567" } })
end)

t.each("what a call comes to is what its task comes to", {
  { name = "completed", data = { status = "completed" }, want = { status = "completed" } },
  { name = "an outcome", data = { status = "completed", outcome = "appointment_booked" },
    want = { status = "completed", outcome = "appointment_booked" } },
  { name = "no answer", data = { status = "no_answer" }, want = { status = "scheduled", outcome = "no_answer" } },
  { name = "busy", data = { status = "busy" }, want = { status = "scheduled", outcome = "busy" } },
  { name = "voicemail", data = { status = "completed", outcome = "voicemail" },
    want = { status = "scheduled", outcome = "voicemail" } },
  { name = "canceled", data = { status = "canceled" }, want = { status = "failed", code = "canceled" } },
}, function(engine, case)
  local task = attempt(engine)
  t.matches(ended(engine, task, case.data), case.want)
end)

t.test("a call that goes on says nothing yet", function(engine)
  local task = attempt(engine)
  engine:event { type = "call.answered", data = { status = "in_progress", external_ids = { action = task.action_id } } }
  t.equal(engine:task(task.id).status, "in_progress")
end)

t.test("a machine that is heard of after the call's end takes back that it was a success", function(engine)
  local task = attempt(engine)
  local ids = { action = task.action_id }
  engine:event { type = "call.ended", data = { status = "completed", external_ids = ids } }
  t.equal(engine:task(task.id).status, "completed")
  engine:event { type = "call.machine", data = { machine = true, external_ids = ids } }
  t.matches(engine:task(task.id), { status = "scheduled", outcome = "voicemail" })
end)

t.each("of a call that two lists tell, what was said in it counts before that a machine picked up", {
  { name = "booked, the line's list first", lists = { "line", "agents" }, outcome = "appointment_booked" },
  { name = "booked, the agents' list first", lists = { "agents", "line" }, outcome = "appointment_booked" },
  { name = "unknown, the line's list first", lists = { "line", "agents" }, outcome = "unknown" },
  { name = "unknown, the agents' list first", lists = { "agents", "line" }, outcome = "unknown" },
}, function(engine, case)
  local task = attempt(engine)
  local function event(type, time, data)
    data.external_ids = { action = task.action_id }
    return { type = type, time = "2026-01-05T" .. time .. "Z", data = data }
  end
  local lists = {
    line = {
      event("call.machine", "12:00:00", { machine = true }),
      event("call.ended", "12:01:02", { status = "completed", machine = true }),
    },
    agents = { event("conversation.ended", "12:01:00", { status = "completed", outcome = case.outcome }) },
  }
  for _, list in ipairs(case.lists) do
    for _, told in ipairs(lists[list]) do engine:event(told) end
  end
  local booked = { status = "completed", outcome = "appointment_booked" }
  local nobody = { status = "scheduled", outcome = "voicemail" }
  t.matches(engine:task(task.id), case.outcome == "unknown" and nobody or booked)
end)

t.each("what a task came to is told by the call's outcome, whichever provider is heard first", {
  { name = "the line first", order = { "line", "conversation" } },
  { name = "the conversation first", order = { "conversation", "line" } },
}, function(engine, case)
  local task = attempt(engine)
  local ids = { action = task.action_id }
  local events = {
    line = { type = "call.ended", data = { status = "completed", external_ids = ids } },
    conversation = { type = "conversation.ended", data = { status = "completed", outcome = "success", external_ids = ids } },
  }
  for _, what in ipairs(case.order) do engine:event(events[what]) end
  t.matches(engine:task(task.id), { status = "completed", outcome = "success" })
end)

t.each("who spoke to a machine is called again, also when the provider does not know what came of it", {
  { name = "machine, call, conversation", order = { "machine", "call", "conversation" } },
  { name = "call, machine, conversation", order = { "call", "machine", "conversation" } },
  { name = "call, conversation, machine", order = { "call", "conversation", "machine" } },
  { name = "conversation, call, machine", order = { "conversation", "call", "machine" } },
  { name = "conversation, machine, call", order = { "conversation", "machine", "call" } },
  { name = "machine, conversation, call", order = { "machine", "conversation", "call" } },
}, function(engine, case)
  local task = attempt(engine)
  local ids = { action = task.action_id }
  local events = {
    machine = { type = "call.machine", data = { machine = true, external_ids = ids } },
    call = { type = "call.ended", data = { status = "completed", external_ids = ids } },
    conversation = { type = "conversation.ended", data = { status = "completed", outcome = "unknown", external_ids = ids } },
  }
  for _, what in ipairs(case.order) do engine:event(events[what]) end
  t.matches(engine:task(task.id), { status = "scheduled", outcome = "voicemail", attempts = 1 })
end)

t.test("attempts end when there were enough", function(engine)
  local task = attempt(engine, { attempts = 2, delays = { "10m" }, jitter = 0 })
  t.equal(ended(engine, task, { status = "busy" }).status, "scheduled")
  engine:advance "10m"
  task = engine:task(task.id)
  t.matches(task, { status = "in_progress", attempts = 2 })
  t.matches(ended(engine, task, { status = "no_answer" }), { status = "exhausted", outcome = "no_answer" })
end)

t.test("calls that are no attempts of tasks are left alone", function(engine)
  local e = engine:event { type = "conversation.ended", call = "c1", data = { status = "no_answer" } }
  t.equal(effects_of(e, "callbacks"), {})
end)
