--- Both telephone numbers in one spelling, E.164, read with the tenant's country.
local phone = require "hookswitch.phone"

--- The number spelled right, or nil when it is right already or no number at all (a SIP address, "anonymous").
local function respelled(number, country)
  if type(number) ~= "string" or number:match("^%+%d+$") then return nil end
  local e164 = phone.e164(number, country)
  return e164 ~= number and e164 or nil
end

return {
  name = "numbers",
  on = { "call.*", "conversation.*", "import.conversation" },
  priority = 100, -- linking looks people up by number
  handle = function(event, ctx)
    if not ctx.call then return end
    local from = respelled(event.data.from, ctx.country)
    local to = respelled(event.data.to, ctx.country)
    if from or to then ctx.call:update { from = from, to = to } end
  end,
}
