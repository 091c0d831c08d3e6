--- intent.lua: what the caller wanted, by the words of transcript and summary.
local t = require "hookswitch.test"

local function said(words)
  return { type = "conversation.ended", call = "c1", data = { transcript = { { role = "user", message = words } } } }
end

t.each("the caller's words name an intent", {
  { name = "I would like to book an appointment", intent = "scheduling" },
  { name = "please cancel it", intent = "cancellation" },
  { name = "I was charged twice on my bill", intent = "billing" },
  { name = "it is broken, please fix it", intent = "support" },
  { name = "what are your opening hours", intent = "information" },
  { name = "let me speak to your manager", intent = "complaint" },
  { name = "good morning", intent = nil },
  { name = "can you help me", intent = nil }, -- one point is not enough
}, function(engine, case)
  t.equal(engine:event(said(case.name)).call.intent, case.intent)
end)

t.test("the highest score wins, among equals the first by name", function(engine)
  t.equal(engine:event(said("cancel my appointment, cancel it")).call.intent, "cancellation")
  t.equal(engine:event { type = "conversation.ended", call = "c2", data = { summary = "a problem with the payment" } }.call.intent, "billing")
end)

t.test("what the agent says does not count", function(engine)
  local e = engine:event {
    type = "conversation.ended", call = "c1",
    data = { transcript = { { role = "agent", message = "Do you want to book an appointment?" } } },
  }
  t.equal(e.call.intent, nil)
end)

t.test("the summary counts", function(engine)
  local e = engine:event { type = "conversation.ended", call = "c1", data = { summary = "Asked for a refund." } }
  t.equal(e.call.intent, "billing")
end)

t.test("an outcome that implies an intent knows better than words", function(engine)
  local e = engine:event {
    type = "conversation.ended", call = "c1",
    data = { outcome = "appointment_booked", summary = "Paid the invoice and booked." },
  }
  t.equal(e.call.intent, "scheduling")
end)
