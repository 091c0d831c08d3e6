--- Both telephone numbers in one spelling, E.164, read with the tenant's country. `per = "call"`: one delivery may
--- bring the number, another say whose call it is; looking at the whole call, their order is no matter.
local phone = require "hookswitch.phone"

--- The number spelled right, or nil when it is right already or no number at all (a SIP address, "anonymous").
local function respelled(number, country)
  if type(number) ~= "string" or number:match("^%+%d+$") then return nil end
  local e164 = phone.e164(number, country)
  return e164 ~= number and e164 or nil
end

return {
  name = "numbers",
  on = "*",
  per = "call",
  priority = 100, -- linking looks people up by number
  handle = function(_, ctx)
    local from = respelled(ctx.call.from, ctx.country)
    local to = respelled(ctx.call.to, ctx.country)
    if from or to then ctx.call:update { from = from, to = to } end
  end,
}
