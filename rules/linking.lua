--- Ties a call to the person it is with, and to the task that placed it.
local function other_number(call)
  if call.direction == "outbound" then return call.to end
  return call.from
end

local function by_variables(data, ctx)
  local variables = data.variables or {}
  if variables.contact_id then ctx.call:update { contact_id = tostring(variables.contact_id) } end
  if variables.task_id then ctx.call:update { task_id = tostring(variables.task_id) } end
end

return {
  name = "linking",
  on = { "call.*", "conversation.*", "import.conversation" },
  priority = -10, -- after caller_name: a name said in the call counts more than the address book
  handle = function(event, ctx)
    if not ctx.call then return end
    by_variables(event.data, ctx)
    local number = other_number(ctx.call)
    local contact = ctx.call.contact_id and ctx.contacts:get(ctx.call.contact_id)
      or number and ctx.contacts:find { phone = number }
    if not contact then return end
    ctx.call:update { contact_id = contact.id }
    if contact.name and not ctx.call.caller_name then ctx.call:update { caller_name = contact.name } end
  end,
}
