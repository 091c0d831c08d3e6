--- One record for each finished conversation into the sink `call_log`, for whoever stores calls elsewhere. Nothing where
--- no such sink is configured. Whether its webhook or the provider's list says it first does not matter, and it is told
--- once: the conversation is the key. One that still goes on (import.conversation) is not told.
local hash = require "hookswitch.hash"
local time = require "hookswitch.time"

local SINK = "call_log"

--- An id that is the same whenever this is said of the same conversation.
local function stable_id(prefix, what, conversation)
  local digits = hash.sha256(what .. ":" .. conversation)
  return ("%s%s-%s-%s-%s-%s"):format(prefix, digits:sub(1, 8), digits:sub(9, 12), digits:sub(13, 16),
    digits:sub(17, 20), digits:sub(21, 32))
end

local function split_tenant(tenant)
  local at = (tenant or ""):find("/", 1, true)
  if not at then return tenant, nil end
  return tenant:sub(1, at - 1), tenant:sub(at + 1)
end

--- The provider's own word for how it ended. A webhook wraps the conversation, a list shows it bare.
local function own_status(raw)
  local conversation = raw and raw.data or raw
  return conversation and conversation.status
end

local function details(event, call, conversation)
  return {
    conversationId = conversation,
    callDuration = call.duration_secs,
    cost = event.data.cost_credits or call.cost,
    startTime = call.started_at and call.started_at // 1000,
    status = own_status(event.data.raw) or call.status,
    transcriptLength = call.transcript_turns or 0,
    transcriptAvailable = (call.transcript_turns or 0) > 0,
    deliveryStatus = "delivered",
  }
end

return {
  name = "log_stream",
  on = "conversation.ended",
  priority = -20, -- when everything about the call is said
  handle = function(event, ctx)
    local call = ctx.call
    local conversation = call and call.external_ids.conversation_id
    if not conversation or not ctx.has_sink(SINK) then return end
    local business, location = split_tenant(ctx.tenant)
    ctx.emit(SINK, {
      resourceType = "agent-logs",
      resourceId = stable_id("log-", "resource", conversation),
      operation = "create",
      businessId = business,
      locationId = location,
      data = {
        actionType = "voice_call",
        subAction = "call_ended",
        agentSessionId = conversation,
        triggeredBy = call.provider,
        provider = call.provider,
        externalId = conversation,
        metadata = details(event, call, conversation),
      },
      timestamp = time.rfc3339(event.time),
      requestId = stable_id("req-", "request", conversation),
    }, conversation)
  end,
}
