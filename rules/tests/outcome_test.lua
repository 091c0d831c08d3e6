--- outcome.lua: what a provider reports becomes our disposition, and the intent that an outcome implies.
local t = require "hookswitch.test"

local effects_of = require "tests.effects_of"

t.each("an outcome becomes a disposition", {
  { name = "appointment_booked", disposition = "resolved", intent = "scheduling" },
  { name = "appointment_confirmed", disposition = "resolved", intent = "scheduling" },
  { name = "appointment_rescheduled", disposition = "resolved", intent = "scheduling" },
  { name = "appointment_cancelled", disposition = "resolved", intent = "cancellation" },
  { name = "information_provided", disposition = "resolved", intent = "information" },
  { name = "resolved", disposition = "resolved" },
  { name = "completed", disposition = "resolved" },
  { name = "success", disposition = "resolved" },
  { name = "escalated", disposition = "escalated" },
  { name = "transferred", disposition = "escalated" },
  { name = "callback_scheduled", disposition = "callback_scheduled" },
  { name = "callback_requested", disposition = "callback_scheduled" },
  { name = "voicemail", disposition = "voicemail" },
  { name = "failure", disposition = "unresolved" },
  { name = "failed", disposition = "unresolved" },
  { name = "no_answer", disposition = "missed" },
  { name = "abandoned", disposition = "missed" },
  { name = "unknown", disposition = nil },
  { name = "an outcome nobody has heard of", disposition = nil },
}, function(engine, case)
  local e = engine:event { type = "conversation.ended", call = "c1", data = { outcome = case.name } }
  t.equal(e.call.disposition, case.disposition)
  t.equal(e.call.intent, case.intent)
end)

t.each("a line that was never answered says so", {
  { name = "no_answer", disposition = "missed" },
  { name = "busy", disposition = "missed" },
  { name = "canceled", disposition = "missed" },
  { name = "failed", disposition = "failed" },
  { name = "completed", disposition = nil },
}, function(engine, case)
  local e = engine:event { type = "call.ended", call = "c1", data = { status = case.name } }
  t.equal(e.call.disposition, case.disposition)
end)

t.test("a recorded conversation that went well is resolved", function(engine)
  local e = engine:deliver("elevenlabs", "fixtures/elevenlabs.conversation.json")
  t.matches(e.call, { status = "completed", outcome = "success", disposition = "resolved" })
end)

t.test("a recorded conversation that failed is unresolved", function(engine)
  local payload = t.fixture("fixtures/elevenlabs.conversation.json", { data = { analysis = { call_successful = "failure" } } })
  t.equal(engine:deliver("elevenlabs", payload).call.disposition, "unresolved")
end)

local function with_tool(name, is_error)
  return {
    { role = "agent", message = "One moment", tools = { { name = name, is_error = is_error } } },
  }
end

t.each("a tool that the agent used says more than the outcome", {
  { name = "transfer_to_number", disposition = "escalated" },
  { name = "transfer_to_agent", disposition = "escalated" },
  { name = "voicemail_detection", disposition = "voicemail" },
  { name = "end_call", disposition = "resolved" },
}, function(engine, case)
  local e = engine:event {
    type = "conversation.ended", call = "c1", data = { outcome = "success", transcript = with_tool(case.name, false) },
  }
  t.equal(e.call.disposition, case.disposition)
end)

t.test("a transfer that failed is none", function(engine)
  local e = engine:event {
    type = "conversation.ended", call = "c1",
    data = { outcome = "failure", transcript = with_tool("transfer_to_number", true) },
  }
  t.equal(e.call.disposition, "unresolved")
end)

t.test("an answering machine is voicemail, a person is nothing yet", function(engine)
  t.equal(engine:deliver("twilio/amd", "fixtures/twilio.amd.form").call.disposition, "voicemail")
  local e = engine:event { type = "call.machine", call = "c2", data = { machine = false } }
  t.equal(e.call.disposition, nil)
end)

t.each("a conversation of which nothing is known leaves a voicemail one", {
  { name = "machine, call, conversation", order = { "machine", "call", "conversation" } },
  { name = "machine, conversation, call", order = { "machine", "conversation", "call" } },
  { name = "call, machine, conversation", order = { "call", "machine", "conversation" } },
  { name = "call, conversation, machine", order = { "call", "conversation", "machine" } },
  { name = "conversation, machine, call", order = { "conversation", "machine", "call" } },
  { name = "conversation, call, machine", order = { "conversation", "call", "machine" } },
}, function(engine, case)
  local events = {
    machine = { type = "call.machine", data = { machine = true } },
    call = { type = "call.ended", time = "2026-01-05T10:00:00Z", data = { status = "completed" } },
    conversation = {
      type = "conversation.ended", time = "2026-01-05T10:00:05Z", data = { status = "completed", outcome = "unknown" },
    },
  }
  local e
  for _, what in ipairs(case.order) do
    events[what].call = "c1"
    e = engine:event(events[what])
  end
  t.equal(e.call.disposition, "voicemail")
end)

t.test("an imported conversation is understood as a delivered one", function(engine)
  local e = engine:event { type = "import.conversation", call = "c1", data = { outcome = "escalated" } }
  t.equal(e.call.disposition, "escalated")
end)

t.test("a later word of the provider stands, whichever arrives first", function(engine)
  engine:event { type = "conversation.ended", call = "c1", time = "2026-01-05T10:00:00Z", data = { outcome = "escalated" } }
  local e = engine:event {
    type = "conversation.ended", call = "c1", time = "2026-01-05T09:00:00Z", data = { outcome = "resolved" },
  }
  t.equal(e.call.disposition, "escalated")
end)

t.test("an event about no call changes nothing", function(engine)
  local e = engine:event { type = "conversation.ended", data = { outcome = "escalated" } }
  t.equal(e.call, nil)
  t.equal(effects_of(e, "outcome"), {})
end)
