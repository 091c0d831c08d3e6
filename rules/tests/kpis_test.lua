--- kpis.lua: key figures, once for each finished call, in the hour it began.
local t = require "hookswitch.test"

local json = require "hookswitch.json"

local effects_of = require "tests.effects_of"

local STARTED = "2026-03-28T23:30:00+02:00"

local function finished(data)
  data.status = data.status or "completed"
  return { type = "conversation.ended", call = "c1", data = data }
end

t.test("a recorded conversation is one call, with its length and cost", function(engine)
  engine:deliver("elevenlabs", "fixtures/elevenlabs.conversation.json")
  t.equal(engine:kpi("calls", { status = "completed", direction = "outbound" }), 1)
  t.equal(engine:kpi "call_duration", 19)
  t.equal(engine:kpi("call_cost", { currency = "USD" }), 0.036)
  t.equal(engine:kpi("calls_by_sentiment", { sentiment = "neutral" }), 1)
end)

t.test("two providers speak about one call, and it counts once", function(engine)
  engine:deliver("elevenlabs", "fixtures/elevenlabs.conversation.json")
  engine:deliver("twilio/status", t.fixture("fixtures/twilio.completed.form", { CallSid = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }))
  t.equal(engine:kpi "calls", 1)
  t.equal(#engine:calls(), 1)
end)

t.test("a delivery that comes twice changes nothing", function(engine)
  engine:deliver("elevenlabs", "fixtures/elevenlabs.conversation.json")
  local e = engine:deliver("elevenlabs", "fixtures/elevenlabs.conversation.json")
  t.equal(e.duplicate, true)
  t.equal(engine:kpi "calls", 1)
end)

t.test("a call that goes on is not counted", function(engine)
  local e = engine:event { type = "call.answered", call = "c1", data = { status = "in_progress" } }
  t.equal(effects_of(e, "kpis"), {})
  t.contains(e.rules, "kpis")
end)

t.each("what became of a call is counted", {
  { name = "appointments_booked", data = { outcome = "appointment_booked" } },
  { name = "escalations", data = { outcome = "escalated" } },
  { name = "callbacks_scheduled", data = { outcome = "callback_scheduled" } },
  { name = "missed_calls", data = { outcome = "no_answer" } },
  { name = "failed_calls", data = { status = "failed" } },
}, function(engine, case)
  engine:event(finished(case.data))
  t.equal(engine:kpi(case.name), 1)
  t.equal(engine:kpi "calls", 1)
end)

t.each("nobody was reached", { "no_answer", "busy", "canceled" }, function(engine, status)
  engine:event { type = "call.ended", call = "c1", data = { status = status } }
  t.equal(engine:kpi "missed_calls", 1)
end)

t.test("a later delivery replaces what was counted before", function(engine)
  engine:event(finished { outcome = "escalated" })
  t.equal(engine:kpi "escalations", 1)
  engine:advance "1m"
  engine:event(finished { outcome = "appointment_booked" })
  t.equal(engine:kpi "escalations", 0)
  t.equal(engine:kpi "appointments_booked", 1)
end)

t.test("it counts in the hour the call began, of the tenant's day, also across the change of the clocks", function(engine)
  engine:tenant { id = "B1/L1", timezone = "Europe/Bucharest", agents = { "agent_1" } }
  engine:at "2026-03-29T09:30:00+03:00"
  local started = require("hookswitch.time").parse(STARTED)
  engine:event(finished { agent_id = "agent_1", started_at = started, outcome = "appointment_booked" })
  t.equal(engine:kpi("appointments_booked", { tenant = "B1/L1", at = STARTED }), 1)
  t.equal(engine:kpi("appointments_booked", { at = "2026-03-29T09:30:00+03:00" }), 0)
  t.contains(engine:kpis "calls", { tenant = "B1/L1", count = 1, dimensions = { agent = "agent_1", status = "completed" } })
end)

t.test("a call without a length or a cost has neither", function(engine)
  engine:event(finished { outcome = "success", variables = { cost = json.null } })
  t.equal(engine:kpis "call_duration", {})
  t.equal(engine:kpis "call_cost", {})
end)
