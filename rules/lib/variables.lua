--- Reading variables, which whoever placed the call may have set to anything: text, a number, JSON null.
local variables = {}

--- The variable as text; nil when it is absent, null, empty, or no single value. `owner` is a call or event.data.
function variables.text(owner, name)
  local all = owner.variables
  local value = type(all) == "table" and all[name]
  if math.type(value) == "integer" then return tostring(value) end
  if type(value) == "string" and value ~= "" then return value end
end

return variables
