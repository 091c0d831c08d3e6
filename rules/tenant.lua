--- Whose call it is: by the agent's entry in the directory, or by variables that name business and location. Whoever
--- placed the call may have chosen these, so a number, an agent or a source that the configuration gives a tenant says
--- more, also when that is heard later.
local variables = require "lib.variables"

return {
  name = "tenant",
  on = { "call.*", "conversation.*", "import.conversation" },
  priority = 110, -- numbers.lua reads numbers with the tenant's country
  handle = function(event, ctx)
    if not ctx.call then return end
    local agent = event.data.agent_id and ctx.agents:get(event.data.agent_id)
    if agent and agent.tenant then
      if not ctx.call.tenant then ctx.call:update { likely_tenant = agent.tenant } end
      return
    end
    local business = variables.text(event.data, "business_id")
    local location = variables.text(event.data, "location_id")
    if business and location then ctx.call:update { likely_tenant = business .. "/" .. location } end
  end,
}
