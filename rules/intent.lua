--- What the caller wanted, by the words of transcript and summary. The highest score above THRESHOLD wins.
local text = require "hookswitch.text"

local THRESHOLD = 2

local KEYWORDS = text.categories {
  scheduling = { appointment = 2, schedule = 2, reschedule = 2, booking = 2, book = 2, booked = 2, available = 1, slot = 1 },
  cancellation = { cancel = 3, cancelled = 3, canceled = 3, cancellation = 3 },
  billing = { invoice = 3, bill = 2, billing = 3, payment = 2, refund = 3, charge = 2, charged = 2, price = 1, cost = 1 },
  support = { problem = 2, broken = 2, issue = 2, error = 2, ["not working"] = 3, help = 1, fix = 2 },
  information = { hours = 2, address = 2, open = 1, where = 1, directions = 2, question = 1, information = 2 },
  complaint = { complaint = 3, complain = 3, unacceptable = 3, manager = 2, supervisor = 2 },
}

--- The best scored intent; among equals the first by name.
local function best_intent(words)
  local best, most = nil, THRESHOLD - 1
  for intent, score in pairs(text.scores(words, KEYWORDS)) do
    if score > most then best, most = intent, score end
  end
  return best
end

return {
  name = "intent",
  on = { "conversation.ended", "import.conversation" },
  priority = 20, -- the provider's outcome, handled after this, knows better
  handle = function(event, ctx)
    if not ctx.call then return end
    local words = event:said "user" .. "\n" .. (event.data.summary or "")
    local intent = best_intent(words)
    if intent then ctx.call:update { intent = intent } end
  end,
}
