--- numbers.lua: both numbers in E.164, read with the tenant's country.
local t = require "hookswitch.test"

t.each("a number is read in the tenant's country", {
  { country = "US", from = "(310) 555-1234", want = "+13105551234" },
  { country = "RO", from = "0721 234 567", want = "+40721234567" },
  { country = "CO", from = "3001234567", want = "+573001234567" },
  { country = "RO", from = "+1 310 555 1234", want = "+13105551234" },
  { country = "RO", from = "+40721234567", want = "+40721234567" },
  { country = "RO", from = "anonymous", want = "anonymous" },
}, function(engine, case)
  engine:tenant { id = "B1/L1", country = case.country, agents = { "agent_1" } }
  local e = engine:event { type = "call.incoming", call = "c1", data = { agent_id = "agent_1", from = case.from, to = case.from } }
  t.matches(e.call, { from = case.want, to = case.want, tenant = "B1/L1" })
end)

t.test("without a country only numbers with a country code can be read", function(engine)
  local e = engine:event { type = "call.incoming", call = "c1", data = { from = "(310) 555-1234", to = "+1 (310) 555-1234" } }
  t.matches(e.call, { from = "(310) 555-1234", to = "+13105551234" })
end)

t.test("a recorded call from Twilio is spelled right already", function(engine)
  local e = engine:deliver("twilio/voice", "fixtures/twilio.voice.form")
  t.matches(e.call, { from = "+14155550100", to = "+14155550199", direction = "inbound" })
end)

--- Two deliveries about one call: one has the caller's number as it is dialled at home, the other says whose call it is.
local TOLD = {
  number = {
    type = "conversation.ended", call = "c1", time = "2026-03-29T09:31:00Z",
    data = { from = "0722554588", to = "0212345678", direction = "inbound", status = "completed" },
  },
  tenant = {
    type = "call.ended", call = "c1", time = "2026-03-29T09:30:00Z",
    data = { from = "+40722554588", to = "+40212345678", direction = "inbound", status = "completed" },
  },
  agent = { type = "twilio.status", call = "c1", data = { agent_id = "agent_1" } },
}

t.each("a number is read in the tenant's country, however late that is known", {
  { name = "the number first", "number", "tenant" },
  { name = "the tenant first", "tenant", "number" },
  { name = "the number again", "number", "tenant", "number" },
  { name = "by an event of any type", "number", "agent" },
}, function(engine, case)
  engine:tenant { id = "B1/L1", country = "RO", numbers = { "+40212345678" }, agents = { "agent_1" } }
  engine:put_contact { id = "p1", name = "Ana", phones = { "+40722554588" }, tenant = "B1/L1" }
  for _, told in ipairs(case) do engine:event(TOLD[told]) end
  t.matches(engine:call "c1", { from = "+40722554588", to = "+40212345678", tenant = "B1/L1", contact_id = "p1" })
end)
