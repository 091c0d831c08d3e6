--- Counts every delivery of the torture once: what the engine's sum says is compared with what its log holds.
return {
  name = "torture",
  on = { "conversation.ended", "call.ended" },
  handle = function(event, ctx)
    local raw = event.data.raw
    local mark = raw.CallerName or raw.conversation_id or (raw.data and raw.data.conversation_id) or ""
    if mark:sub(1, 8) == "torture_" then ctx.kpi:add("torture") end
  end,
}
