--- Whose call it is: by the agent's entry in the directory, or by variables that name business and location.
local variables = require "lib.variables"

return {
  name = "tenant",
  on = { "call.*", "conversation.*", "import.conversation" },
  priority = 110, -- numbers.lua reads numbers with the tenant's country
  handle = function(event, ctx)
    if not ctx.call or ctx.call.tenant then return end
    local agent = event.data.agent_id and ctx.agents:get(event.data.agent_id)
    if agent and agent.tenant then
      ctx.call:update { tenant = agent.tenant }
      return
    end
    local business = variables.text(event.data, "business_id")
    local location = variables.text(event.data, "location_id")
    if business and location then ctx.call:update { tenant = business .. "/" .. location } end
  end,
}
