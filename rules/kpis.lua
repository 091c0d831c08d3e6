--- Key figures. `per = "call"`: the rule says what this call contributes as it stands now, and what it said for the
--- call before is replaced. So it does not matter how many deliveries a call has, or in which order they come.
local finished = require "lib.finished"

local LONGEST_ID = 128 -- bytes a dimension may have
local LONGEST_CALL_SECS = 7 * 24 * 3600 -- what lies beyond is a mistake, and would spoil every average
local HIGHEST_COST = 1000000

local function count_result(call, kpi)
  if call.intent == "scheduling" and call.disposition == "resolved" then kpi:add("appointments_booked") end
  if call.disposition == "escalated" then kpi:add("escalations") end
  if call.disposition == "callback_scheduled" then kpi:add("callbacks_scheduled") end
  if call.status == "failed" then kpi:add("failed_calls") end
  if finished.is_missed(call) then kpi:add("missed_calls") end
end

local function agent_of(call)
  local id = call.agent_id
  if id and #id <= LONGEST_ID then return id end
end

local function within(value, highest) return value and value >= 0 and value <= highest end

return {
  name = "kpis",
  on = "*",
  per = "call",
  handle = function(_, ctx)
    local call, kpi = ctx.call, ctx.kpi
    if not finished.is_finished(call) then return end
    kpi:add("calls", 1, { status = call.status, direction = call.direction, agent = agent_of(call) })
    count_result(call, kpi)
    if call.intent then kpi:add("calls_by_intent", 1, { intent = call.intent }) end
    if call.sentiment then kpi:add("calls_by_sentiment", 1, { sentiment = call.sentiment }) end
    if within(call.duration_secs, LONGEST_CALL_SECS) then kpi:observe("call_duration", call.duration_secs) end
    if within(call.cost, HIGHEST_COST) then kpi:observe("call_cost", call.cost, { currency = call.currency }) end
  end,
}
