--- Ties a call to the person it is with, and to the task that placed it. `per = "call"`: one delivery may bring the
--- number, another the variables, a third the name that was said; looking at the whole call, their order is no matter.
local variables = require "lib.variables"

local function other_number(call)
  if call.direction == "outbound" then return call.to end
  return call.from
end

--- By the id that was given with the call; only without one by number.
local function contact_of(call, id, ctx)
  if id then return ctx.contacts:get(id) end
  local number = other_number(call)
  return number and ctx.contacts:find { phone = number }
end

return {
  name = "linking",
  on = "*",
  per = "call",
  priority = 10, -- before the rules that count and tell
  handle = function(_, ctx)
    local call = ctx.call
    local given = { variables = call.variables } -- a table that is made at each look
    local id = variables.text(given, "contact_id")
    local contact = contact_of(call, id, ctx)
    call:update {
      contact_id = id or contact and contact.id,
      task_id = variables.text(given, "task_id"),
      caller_name = call.metadata.stated_name or contact and contact.name, -- a name said in the call counts more
    }
  end,
}
