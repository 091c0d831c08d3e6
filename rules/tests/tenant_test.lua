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

local ORDERS = { { name = "in order", 1, 2 }, { name = "late", 2, 1 } }

t.each("a tenant that is known stays", ORDERS, function(engine, order)
  local events = {}
  for i, business in ipairs { "B1", "B2" } do
    events[i] = ended { variables = { business_id = business, location_id = "L1" } }
    events[i].time = "2026-01-05T10:00:0" .. i .. "Z"
  end
  engine:event(events[order[1]])
  t.equal(engine:event(events[order[2]]).call.tenant, "B1/L1")
end)

t.each("the number of the line says more than variables", ORDERS, function(engine, order)
  engine:tenant { id = "B1/L1", country = "US", numbers = { "+14155550199" } }
  local events = {
    { type = "call.ended", call = "c1", data = { to = "+14155550199" } },
    ended { agent_id = "agent_1", variables = { business_id = "B2", location_id = "L3" } },
  }
  engine:event(events[order[1]])
  t.equal(engine:event(events[order[2]]).call.tenant, "B1/L1")
end)

t.test("a call that was placed for a tenant stays its own, whatever its variables name", function(engine)
  engine:tenant { id = "B1/L1", timezone = "Europe/Bucharest", country = "RO" }
  local variables = { business_id = "B2", location_id = "L3" }
  local id = engine:put_task { tenant = "B1/L1", key = "k", to = "+40721234567", source = "test", variables = variables }
  engine:advance "1s"
  local e = engine:event(ended { variables = variables, external_ids = { action = engine:task(id).action_id } })
  t.equal(e.call.tenant, "B1/L1")
end)

t.test("a call that was placed for a tenant stays its own, whatever the agent's entry says", function(engine)
  engine:tenant { id = "B1/L1", timezone = "Europe/Bucharest", country = "RO" }
  local id = engine:put_task { tenant = "B1/L1", key = "k", to = "+40721234567", source = "test" }
  engine:put_agent { id = "agent_1", tenant = "B2/L3" }
  engine:advance "1s"
  local e = engine:event(ended { agent_id = "agent_1", external_ids = { action = engine:task(id).action_id } })
  t.equal(e.call.tenant, "B1/L1")
end)

t.test("the configuration says more of a call than who had it placed", function(engine)
  engine:tenant { id = "B1/L1", timezone = "Europe/Bucharest", country = "RO" }
  engine:tenant { id = "B2/L3", country = "RO", agents = { "agent_1" } }
  local id = engine:put_task { tenant = "B1/L1", key = "k", to = "+40721234567", source = "test" }
  engine:advance "1s"
  local e = engine:event(ended { agent_id = "agent_1", external_ids = { action = engine:task(id).action_id } })
  t.equal(e.call.tenant, "B2/L3")
end)
