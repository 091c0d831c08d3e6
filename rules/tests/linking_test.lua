--- linking.lua: ties a call to a contact and to the task that placed it.
local t = require "hookswitch.test"

local JOHN = { id = "p7", name = "John Doe", phones = { "+13105551234" } }

t.test("an inbound caller is known by number", function(engine)
  engine:put_contact(JOHN)
  local e = engine:event { type = "call.incoming", call = "c1", data = { direction = "inbound", from = "+13105551234" } }
  t.matches(e.call, { contact_id = "p7", caller_name = "John Doe" })
end)

t.test("of an outbound call the other side is the one that was called", function(engine)
  engine:put_contact(JOHN)
  local e = engine:event {
    type = "call.initiated", call = "c1", data = { direction = "outbound", from = "+18005551234", to = "+13105551234" },
  }
  t.equal(e.call.contact_id, "p7")
end)

t.test("the number is looked up as numbers.lua spelled it", function(engine)
  engine:put_contact(JOHN)
  engine:tenant { id = "B1/L1", country = "US", agents = { "agent_1" } }
  local e = engine:event { type = "call.incoming", call = "c1", data = { agent_id = "agent_1", from = "(310) 555-1234" } }
  t.equal(e.call.contact_id, "p7")
end)

t.test("a contact that was named with the call is not replaced by one with the same number", function(engine)
  engine:put_contact(JOHN)
  local e = engine:event {
    type = "conversation.ended", call = "c1", data = { from = "+13105551234", variables = { contact_id = "c9" } },
  }
  t.equal(e.call.contact_id, "c9")
  t.equal(e.call.caller_name, nil)
end)

t.test("a name said in the call counts more than the contact's", function(engine)
  engine:put_contact(JOHN)
  local e = engine:event {
    type = "conversation.ended", call = "c1",
    data = { from = "+13105551234", transcript = { { role = "user", message = "My name is Ana Pop." } } },
  }
  t.matches(e.call, { contact_id = "p7", caller_name = "Ana Pop" })
end)

t.test("a contact of another tenant is nobody we know", function(engine)
  engine:put_contact { id = "p7", name = "John Doe", phones = { "+13105551234" }, tenant = "B2/L2" }
  engine:tenant { id = "B1/L1", agents = { "agent_1" } }
  local e = engine:event { type = "call.incoming", call = "c1", data = { agent_id = "agent_1", from = "+13105551234" } }
  t.equal(e.call.contact_id, nil)
end)

t.test("the task that placed the call, as text or number", function(engine)
  local e = engine:event { type = "conversation.ended", call = "c1", data = { variables = { task_id = "t9" } } }
  t.equal(e.call.task_id, "t9")
  e = engine:event { type = "conversation.ended", call = "c2", data = { variables = { task_id = 42 } } }
  t.equal(e.call.task_id, "42")
end)

t.test("the order in which number and variables arrive is no matter", function(engine)
  engine:put_contact(JOHN)
  engine:event { type = "call.incoming", call = "c1", data = { from = "+13105551234" } }
  local e = engine:event { type = "conversation.ended", call = "c1", data = { variables = { contact_id = "c9" } } }
  t.equal(e.call.contact_id, "c9")
  t.equal(e.call.caller_name, nil)
end)
