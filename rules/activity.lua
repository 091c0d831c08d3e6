--- One entry of the feed for each finished call; replaced when more becomes known about the call.
local finished = require "lib.finished"

local KINDS = {
  escalated = { kind = "escalation", title = "Call escalated" },
  callback_scheduled = { kind = "callback", title = "Callback scheduled" },
}
local APPOINTMENT = { kind = "appointment", title = "Appointment booked" }
local MISSED = { kind = "missed_call", title = "Missed call" }
local FAILED = { kind = "failed_call", title = "Call failed" }
local OTHER = { kind = "call", title = "Call ended" }

local function entry_for(call)
  if call.intent == "scheduling" and call.disposition == "resolved" then return APPOINTMENT end
  if finished.is_missed(call) then return MISSED end
  if call.status == "failed" then return FAILED end
  return KINDS[call.disposition or ""] or OTHER
end

return {
  name = "activity",
  on = "*",
  per = "call",
  handle = function(_, ctx)
    local call = ctx.call
    if not finished.is_finished(call) then return end
    local entry = entry_for(call)
    ctx.activity:add {
      kind = entry.kind,
      title = entry.title .. (call.caller_name and ": " .. call.caller_name or ""),
      detail = call.summary,
      call = call.id,
      time = call.ended_at or call.started_at,
    }
  end,
}
