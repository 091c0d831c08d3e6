--- Who called: what the provider or a variable says, else what the caller said ("my name is Maria Pop"). Kept as
--- `metadata.stated_name` too, so that linking.lua can tell it from a contact's name.
local text = require "hookswitch.text"
local variables = require "lib.variables"

local VARIABLES = { "caller_name", "customer_name", "patient_name", "user_name", "name" }

-- The name begins with a capital letter, so that "this is about a bill" is none.
local INTRODUCTIONS = {
  [[\b(?i:my name is|my name's|the name is)\s+(\p{Lu}[\p{L}'-]+(?:\s+\p{Lu}[\p{L}'-]+)?)]],
  [[\b(?i:this is|i am|i'm|it's)\s+(\p{Lu}[\p{L}'-]+(?:\s+\p{Lu}[\p{L}'-]+)?)]],
}

-- Who calls says so in the beginning; the whole of a very long chat would cost more steps than a rule has.
local OPENING_BYTES = 32768

local function from_variables(data)
  for _, name in ipairs(VARIABLES) do
    local value = variables.text(data, name)
    if value then return value end
  end
end

local function from_words(said)
  for _, introduction in ipairs(INTRODUCTIONS) do
    local name = text.match(said, introduction)
    if name then return name end
  end
end

return {
  name = "caller_name",
  on = { "call.incoming", "conversation.starting", "conversation.ended", "import.conversation" },
  handle = function(event, ctx)
    if not ctx.call then return end
    local data = event.data
    local name = data.caller_name or from_variables(data) or from_words(event:said("user"):sub(1, OPENING_BYTES))
    if name then ctx.call:update { caller_name = name, metadata = { stated_name = name } } end
  end,
}
