--- answer.lua: answers for those who wait for one.
local t = require "hookswitch.test"

t.test("an agent that is about to speak learns who calls", function(engine)
  engine:put_contact { id = "p7", name = "John Doe", phones = { "+15558675310" } }
  local e = engine:deliver("elevenlabs/initiation", "fixtures/elevenlabs.initiation.json")
  t.equal(e.type, "conversation.starting")
  t.equal(e.reply.json, {
    type = "conversation_initiation_client_data",
    dynamic_variables = { caller_number = "+15558675310", caller_name = "John Doe", known_caller = true },
  })
end)

t.test("a caller nobody knows is a stranger, not an error", function(engine)
  local e = engine:deliver("elevenlabs/initiation", "fixtures/elevenlabs.initiation.json")
  t.matches(e.reply.json.dynamic_variables, { caller_name = "", known_caller = false })
end)

t.test("who posts the flat format is told how the call was understood", function(engine)
  engine:source { name = "flat", provider = "elevenlabs", settings = { formats = { "flat" }, answer_call = true } }
  local e = engine:deliver("flat", "fixtures/elevenlabs.flat.json")
  t.equal(e.reply.status, 200)
  t.matches(e.reply.json, {
    success = true,
    call = {
      id = e.call.id, disposition = "resolved", intent = "scheduling", sentiment = "positive", caller_name = "Maria",
      started_at = "2026-01-18T02:14:11Z", ended_at = "2026-01-18T02:19:44Z", duration_secs = 333,
      external_ids = { call_id = "call_abc123" },
    },
  })
end)

t.test("a repeated delivery is answered as the first one was", function(engine)
  engine:source { name = "flat", provider = "elevenlabs", settings = { formats = { "flat" }, answer_call = true } }
  local first = engine:deliver("flat", "fixtures/elevenlabs.flat.json")
  local again = engine:deliver("flat", "fixtures/elevenlabs.flat.json")
  t.equal(again.duplicate, true)
  t.equal(again.reply, first.reply)
end)

t.test("nobody is answered who does not wait", function(engine)
  local e = engine:deliver("elevenlabs", "fixtures/elevenlabs.conversation.json")
  t.equal(e.reply, nil)
end)
