--- What an ended call means for the task it was an attempt of: done, or once more. How often, when, and after which
--- outcomes is said by the task's own `retry`; hours, holidays and the do-not-call list are kept by the engine. That it
--- was a voicemail may be heard after the end of the call: then a retry takes back that the task is done. Which call
--- an attempt is may be heard after its end too, by the answer to the action or a report that names it.
local finished = require "lib.finished"

local REACHED = { completed = true, ended_manually = true }

local function what_became_of(call)
  if REACHED[call.status] and call.disposition ~= "voicemail" then return nil end
  return call.disposition == "voicemail" and "voicemail" or call.status
end

return {
  name = "callbacks",
  on = { "call.ended", "call.failed", "call.machine", "conversation.ended", "import.conversation", "action.done" },
  priority = -10, -- when the other rules have said what the call was
  handle = function(_, ctx)
    local call = ctx.call
    local task = call and call.task_id and finished.is_finished(call) and ctx.tasks:get(call.task_id)
    if not task or task.decided then return end
    local missed = what_became_of(call)
    if missed then
      ctx.tasks:retry(task.id, { outcome = missed })
    else
      ctx.tasks:complete(task.id, call.outcome or "completed")
    end
  end,
}
