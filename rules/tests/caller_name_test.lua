--- caller_name.lua: who called.
local t = require "hookswitch.test"

local function said(words) return { transcript = { { role = "user", message = words } } } end

t.each("the name comes from", {
  { name = "the provider", data = { caller_name = "Ana Pop" }, want = "Ana Pop" },
  { name = "caller_name", data = { variables = { caller_name = "Ana" } }, want = "Ana" },
  { name = "customer_name", data = { variables = { customer_name = "Ana" } }, want = "Ana" },
  { name = "patient_name", data = { variables = { patient_name = "Ana" } }, want = "Ana" },
  { name = "user_name", data = { variables = { user_name = "Ana" } }, want = "Ana" },
  { name = "name", data = { variables = { name = "Ana" } }, want = "Ana" },
  { name = "an empty variable: nowhere", data = { variables = { name = "" } }, want = nil },
  { name = "my name is", data = said "Hello, my name is Maria Pop.", want = "Maria Pop" },
  { name = "MY NAME'S", data = said "MY NAME'S Maria", want = "Maria" },
  { name = "this is", data = said "Hi, this is Maria.", want = "Maria" },
  { name = "I'm", data = said "I'm Ștefan Ionescu, hello", want = "Ștefan Ionescu" },
  { name = "no name: this is about a bill", data = said "this is about a bill", want = nil },
}, function(engine, case)
  local e = engine:event { type = "conversation.ended", call = "c1", data = case.data }
  t.equal(e.call.caller_name, case.want)
  t.equal(e.call.metadata.stated_name, case.want)
end)

t.test("a variable counts more than the transcript, the provider more than both", function(engine)
  local data = said "My name is Maria."
  data.variables = { customer_name = "Anna" }
  t.equal(engine:event { type = "conversation.ended", call = "c1", data = data }.call.caller_name, "Anna")
  data.caller_name = "Ana Pop"
  t.equal(engine:event { type = "conversation.ended", call = "c2", data = data }.call.caller_name, "Ana Pop")
end)

t.test("of a very long chat the beginning is looked at", function(engine)
  local data = said("My name is Maria. " .. ("I have a question about the bill. "):rep(40000))
  t.equal(engine:event { type = "conversation.ended", call = "c1", data = data }.call.caller_name, "Maria")
end)

t.test("a recorded conversation names the customer", function(engine)
  t.equal(engine:deliver("elevenlabs", "fixtures/elevenlabs.conversation.json").call.caller_name, "Anna")
end)
