--- activity.lua: one entry of the feed for each finished call.
local t = require "hookswitch.test"

local KINDS = {
  appointment = true, escalation = true, callback = true, missed_call = true, failed_call = true, call = true,
}

-- The entries of this rule, newest first. Other rules may add theirs.
local function entries(engine)
  local own = {}
  for _, entry in ipairs(engine:activity()) do
    if KINDS[entry.kind] then table.insert(own, entry) end
  end
  return own
end

t.each("what became of a call", {
  { name = "an appointment", data = { outcome = "appointment_booked" }, kind = "appointment", title = "Appointment booked" },
  { name = "an escalation", data = { outcome = "escalated" }, kind = "escalation", title = "Call escalated" },
  { name = "a callback", data = { outcome = "callback_scheduled" }, kind = "callback", title = "Callback scheduled" },
  { name = "a missed call", data = { outcome = "abandoned" }, kind = "missed_call", title = "Missed call" },
  { name = "a failed call", data = { status = "failed" }, kind = "failed_call", title = "Call failed" },
  { name = "any other", data = { outcome = "success" }, kind = "call", title = "Call ended" },
}, function(engine, case)
  case.data.status = case.data.status or "completed"
  local e = engine:event { type = "conversation.ended", call = "c1", data = case.data }
  local feed = entries(engine)
  t.equal(#feed, 1)
  t.matches(feed[1], { kind = case.kind, title = case.title, call = e.call.id })
end)

t.test("the entry names the caller, the summary, and when the call ended", function(engine)
  engine:deliver("elevenlabs", "fixtures/elevenlabs.conversation.json")
  t.matches(entries(engine)[1], {
    title = "Call ended: Anna",
    detail = "Caller confirmed identity and asked for a human.",
    time = 1766000123000,
  })
end)

t.test("what becomes known later replaces the entry", function(engine)
  engine:event { type = "conversation.ended", call = "c1", data = { status = "completed", outcome = "success" } }
  engine:advance "1m"
  engine:event { type = "conversation.ended", call = "c1", data = { status = "completed", outcome = "escalated" } }
  local feed = entries(engine)
  t.equal(#feed, 1)
  t.equal(feed[1].kind, "escalation")
end)

t.test("a call that goes on is not told", function(engine)
  engine:event { type = "call.answered", call = "c1", data = { status = "in_progress" } }
  t.equal(entries(engine), {})
end)
