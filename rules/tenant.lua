--- Whose call it is: by the agent's entry in the directory, or by variables that name business and location.
return {
  name = "tenant",
  on = { "call.*", "conversation.*", "import.conversation" },
  priority = 90,
  handle = function(event, ctx)
    if not ctx.call or ctx.call.tenant then return end
    local agent = event.data.agent_id and ctx.agents:get(event.data.agent_id)
    if agent and agent.tenant then
      ctx.call:update { tenant = agent.tenant }
      return
    end
    local variables = event.data.variables or {}
    if variables.business_id and variables.location_id then
      ctx.call:update { tenant = variables.business_id .. "/" .. variables.location_id }
    end
  end,
}
