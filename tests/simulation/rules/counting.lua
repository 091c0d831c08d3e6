-- What the simulation's model can work out by itself: sums, a chain that depends on the order of events, timers, tasks.
local CHAIN_MODULUS = 1000003

return {
  {
    name = "counting",
    on = "phone.ping",
    handle = function(event, ctx)
      local data = event.data
      if data.poison then ctx.fail("poisoned") end
      ctx.kpi:add("pings")
      ctx.kpi:add("weight", data.weight)
      ctx.state:put("chain", ((ctx.state:get("chain") or 0) * 31 + data.weight) % CHAIN_MODULUS)
      if data.remind then
        ctx.timer:set { key = "remind:" .. event.id, after = "5m", name = "remind", data = { weight = data.weight } }
      end
    end,
  },
  {
    name = "reminding",
    on = "timer.remind",
    handle = function(event, ctx) ctx.kpi:add("reminded", event.data.weight) end,
  },
}
