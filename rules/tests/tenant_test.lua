--- tenant.lua: whose call it is, when the configuration does not say so.
local t = require "hookswitch.test"

local function ended(data) return { type = "conversation.ended", call = "c1", data = data } end

t.test("the agent's entry in the directory names the tenant", function(engine)
  engine:put_agent { id = "agent_1", tenant = "B1/L1" }
  t.equal(engine:event(ended { agent_id = "agent_1" }).call.tenant, "B1/L1")
end)

t.test("variables name business and location", function(engine)
  t.equal(engine:event(ended { variables = { business_id = "B2", location_id = "L3" } }).call.tenant, "B2/L3")
end)

t.test("business and location may be numbers", function(engine)
  t.equal(engine:event(ended { variables = { business_id = 2, location_id = 3 } }).call.tenant, "2/3")
end)

t.test("half of it is nothing", function(engine)
  t.equal(engine:event(ended { variables = { business_id = "B2" } }).call.tenant, nil)
end)

t.test("the configuration knows better", function(engine)
  engine:tenant { id = "B1/L1", agents = { "agent_1" } }
  local e = engine:event(ended { agent_id = "agent_1", variables = { business_id = "B2", location_id = "L3" } })
  t.equal(e.call.tenant, "B1/L1")
end)

t.test("a tenant that is known stays", function(engine)
  engine:event(ended { variables = { business_id = "B1", location_id = "L1" } })
  local e = engine:event(ended { variables = { business_id = "B2", location_id = "L2" } })
  t.equal(e.call.tenant, "B1/L1")
end)
