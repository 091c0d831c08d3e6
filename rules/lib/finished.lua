--- When a call counts: once nothing more can happen to it.
local FINAL = {
  completed = true, failed = true, no_answer = true, busy = true, canceled = true, ended_manually = true,
}

local finished = {}

function finished.is_finished(call) return FINAL[call.status or ""] == true end

--- Nobody was reached.
function finished.is_missed(call)
  return call.status == "no_answer" or call.status == "busy" or call.status == "canceled" or call.disposition == "missed"
end

return finished
