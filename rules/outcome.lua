--- The outcome a provider reports becomes our disposition: what is left to do about the call. An outcome that says
--- nothing becomes none, so that what is known otherwise stands, such as that a machine answered.
local BY_OUTCOME = {
  appointment_booked = { disposition = "resolved", intent = "scheduling" },
  appointment_confirmed = { disposition = "resolved", intent = "scheduling" },
  appointment_rescheduled = { disposition = "resolved", intent = "scheduling" },
  appointment_cancelled = { disposition = "resolved", intent = "cancellation" },
  resolved = { disposition = "resolved" },
  completed = { disposition = "resolved" },
  information_provided = { disposition = "resolved", intent = "information" },
  success = { disposition = "resolved" },
  escalated = { disposition = "escalated" },
  transferred = { disposition = "escalated" },
  callback_scheduled = { disposition = "callback_scheduled" },
  callback_requested = { disposition = "callback_scheduled" },
  voicemail = { disposition = "voicemail" },
  failure = { disposition = "unresolved" },
  failed = { disposition = "unresolved" },
  no_answer = { disposition = "missed" },
  abandoned = { disposition = "missed" },
}

local BY_STATUS = { no_answer = "missed", busy = "missed", canceled = "missed", failed = "failed" }

local function what_became_of(event)
  if event:used_tool "transfer_to_" then return { disposition = "escalated" } end
  if event:used_tool "voicemail_detection" then return { disposition = "voicemail" } end
  return BY_OUTCOME[event.data.outcome or ""]
end

return {
  {
    name = "outcome",
    on = { "conversation.ended", "import.conversation" },
    priority = 10, -- later rules may say it more precisely
    handle = function(event, ctx)
      local became = ctx.call and what_became_of(event)
      if became then ctx.call:update(became) end
    end,
  },
  {
    name = "outcome_of_failed_calls",
    on = { "call.failed", "call.ended" },
    handle = function(event, ctx)
      local disposition = BY_STATUS[event.data.status or ""]
      if ctx.call and disposition then ctx.call:update { disposition = disposition } end
    end,
  },
  {
    name = "outcome_of_machines",
    on = "call.machine",
    handle = function(event, ctx)
      if ctx.call and event.data.machine then ctx.call:update { disposition = "voicemail" } end
    end,
  },
}
