--- Answers for those who wait for one: the call as it was understood, or what the agent should know before it speaks.
local time = require "hookswitch.time"

local SHOWN = {
  "id", "status", "disposition", "intent", "sentiment", "outcome", "summary", "from", "to", "caller_name",
  "agent_id", "direction", "duration_secs",
}

local function shown(call)
  local out = { external_ids = call.external_ids }
  for _, field in ipairs(SHOWN) do out[field] = call[field] end
  if call.started_at then out.started_at = time.rfc3339(call.started_at) end
  if call.ended_at then out.ended_at = time.rfc3339(call.ended_at) end
  return out
end

return {
  {
    name = "answer_ended",
    on = "conversation.ended",
    per = "call",
    priority = -100, -- shows what all other rules found out
    handle = function(event, ctx)
      if not event.wants_reply then return end
      ctx.reply { json = { success = true, message = "Call data logged successfully", call = shown(ctx.call) } }
    end,
  },
  {
    name = "answer_starting",
    on = "conversation.starting",
    priority = -100,
    handle = function(event, ctx)
      if not event.wants_reply then return end
      local contact = event.data.from and ctx.contacts:find { phone = event.data.from }
      ctx.reply {
        json = {
          type = "conversation_initiation_client_data",
          dynamic_variables = {
            caller_number = event.data.from or "",
            caller_name = contact and contact.name or "",
            known_caller = contact ~= nil,
          },
        },
      }
    end,
  },
}
