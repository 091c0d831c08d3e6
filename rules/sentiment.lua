--- How the caller felt, by the words they used: positive, neutral or negative.
local text = require "hookswitch.text"

local WORDS = text.keywords {
  thanks = 1, ["thank you"] = 1, great = 2, perfect = 2, wonderful = 2, excellent = 2, good = 1, helpful = 2,
  appreciate = 2, happy = 2, love = 1, ["not happy"] = -4, ["not good"] = -2, bad = -2, terrible = -3, awful = -3,
  angry = -3, frustrated = -3, frustrating = -3, upset = -2, disappointed = -2, unacceptable = -3, ridiculous = -3,
  worst = -3, useless = -3, complaint = -2, wrong = -1, problem = -1,
}

local POSITIVE, NEGATIVE = 2, -2

local function sentiment(score)
  if score >= POSITIVE then return "positive" end
  if score <= NEGATIVE then return "negative" end
  return "neutral"
end

return {
  name = "sentiment",
  on = { "conversation.ended", "import.conversation" },
  handle = function(event, ctx)
    local said = event:said "user"
    if not ctx.call or said == "" then return end
    ctx.call:update { sentiment = sentiment(text.score(said, WORDS)) }
  end,
}
