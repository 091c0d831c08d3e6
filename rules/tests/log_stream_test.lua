--- log_stream.lua: one record of each finished conversation for the sink call_log.
local t = require "hookswitch.test"

local function emitted(outcome)
  for _, effect in ipairs(outcome.effects) do
    if effect.rule == "log_stream" then return effect.params end
  end
end

t.test("a finished conversation becomes one record for the stream", function(engine)
  engine:tenant { id = "B0100001/L0100001", agents = { "agent_456" } }
  local e = engine:event {
    type = "conversation.ended",
    source = "elevenlabs",
    time = "2025-10-19T10:00:00Z",
    data = {
      external_ids = { conversation_id = "conv_abc456" },
      agent_id = "agent_456",
      status = "completed",
      started_at = "2025-02-14T12:48:17Z",
      duration_secs = 42,
      transcript_turns = 15,
      cost_credits = 350,
    },
    raw = { status = "done" },
  }
  local emit = emitted(e)
  t.equal(emit.sink, "call_log")
  t.matches(emit.record, { resourceType = "agent-logs", operation = "create", timestamp = "2025-10-19T10:00:00Z" })
  t.matches(emit.record.data, { actionType = "voice_call", subAction = "call_ended", agentSessionId = "conv_abc456" })
  t.matches(emit.record.data.metadata, { conversationId = "conv_abc456", cost = 350, status = "done" })
  t.ok(emit.record.resourceId:find("log-", 1, true) == 1)
  t.ok(emit.record.requestId:find("req-", 1, true) == 1)
end)

t.test("a recorded conversation is told with its length", function(engine)
  local e = engine:deliver("elevenlabs", "fixtures/elevenlabs.conversation.json")
  local metadata = emitted(e).record.data.metadata
  t.matches(metadata, { callDuration = 19, cost = 180, status = "done" })
  t.equal(metadata.deliveryStatus, "delivered")
  t.equal(metadata.transcriptAvailable, true)
end)

t.test("a conversation that goes on is not told, and told once it has ended", function(engine)
  local function said(type, status)
    return emitted(engine:event {
      type = type, data = { external_ids = { conversation_id = "conv_1" }, status = status },
    })
  end
  t.equal(said("import.conversation", "in_progress"), nil)
  t.matches(said("conversation.ended", "completed").record.data, { agentSessionId = "conv_1" })
end)

t.test("events that end no conversation tell nothing", function(engine)
  local e = engine:event { type = "call.ended", call = "c1", data = { status = "completed" } }
  t.equal(emitted(e), nil)
end)
