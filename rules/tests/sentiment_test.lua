--- sentiment.lua: how the caller felt, by the words they used.
local t = require "hookswitch.test"

local function said(role, words)
  return { type = "conversation.ended", call = "c1", data = { transcript = { { role = role, message = words } } } }
end

t.each("the caller's words", {
  { name = "Perfect, thank you!", sentiment = "positive" },
  { name = "That is great", sentiment = "positive" },
  { name = "This is TERRIBLE", sentiment = "negative" },
  { name = "I am not happy with this", sentiment = "negative" },
  { name = "There is a problem", sentiment = "neutral" }, -- one point either way is neutral
  { name = "Thanks", sentiment = "neutral" },
  { name = "It is Tuesday", sentiment = "neutral" },
  { name = "Great, but a terrible wait", sentiment = "neutral" },
}, function(engine, case)
  t.equal(engine:event(said("user", case.name)).call.sentiment, case.sentiment)
end)

t.test("who said nothing felt nothing", function(engine)
  t.equal(engine:event(said("agent", "Wonderful, thank you!")).call.sentiment, nil)
  t.equal(engine:event { type = "conversation.ended", call = "c2" }.call.sentiment, nil)
end)

t.test("a recorded conversation", function(engine)
  t.equal(engine:deliver("elevenlabs", "fixtures/elevenlabs.conversation.json").call.sentiment, "neutral")
end)
