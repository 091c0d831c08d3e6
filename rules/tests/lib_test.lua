--- lib/: what rules share, tested without any event.
local t = require "hookswitch.test"
local json = require "hookswitch.json"

local finished = require "lib.finished"
local variables = require "lib.variables"

t.each("a variable as text", {
  { name = "text", value = "x", want = "x" },
  { name = "a number", value = 42, want = "42" },
  { name = "nothing", value = "", want = nil },
  { name = "null", value = json.null, want = nil },
  { name = "a list", value = { 1, 2 }, want = nil },
}, function(_, case)
  t.equal(variables.text({ variables = { v = case.value } }, "v"), case.want)
end)

t.test("no variables at all", function()
  t.equal(variables.text({}, "v"), nil)
end)

t.each("a call is finished", { "completed", "failed", "no_answer", "busy", "canceled", "ended_manually" }, function(_, status)
  t.equal(finished.is_finished { status = status }, true)
end)

t.each("a call goes on", { "initiated", "ringing", "in_progress" }, function(_, status)
  t.equal(finished.is_finished { status = status }, false)
end)

t.test("nobody was reached", function()
  t.equal(finished.is_missed { status = "busy" }, true)
  t.equal(finished.is_missed { status = "completed", disposition = "missed" }, true)
  t.equal(finished.is_missed { status = "completed" }, false)
end)
