---@meta
-- What `event.data` holds, by the type of the event. Read by editors only, never run. Write
--   ---@param event ConversationEnded
-- above a handler to see only what such an event has. What has a "?" may be missing.

--- Of every event of a provider.
---@class ProviderData
---@field external_ids ExternalIds  the provider's ids of what it is about
---@field raw any                   the provider's own object, unchanged

--- A call rings and waits for an answer.
---@class CallIncoming: Event
---@field type "call.incoming"
---@field data CallIncomingData

---@class CallIncomingData: ProviderData
---@field direction "inbound"|"outbound"|nil
---@field status string
---@field from string?
---@field to string?
---@field caller_name string?
---@field answered_by string?
---@field machine boolean?

--- The provider began to dial.
---@class CallInitiated: Event
---@field type "call.initiated"
---@field data CallInitiatedData

---@class CallInitiatedData: ProviderData
---@field direction "inbound"|"outbound"|nil
---@field status string
---@field from string?
---@field to string?
---@field started_at integer?                 ms, like all times
---@field caller_name string?
---@field sequence integer?                   the provider's count

--- The other side rings.
---@class CallRinging: Event
---@field type "call.ringing"
---@field data CallRingingData

---@class CallRingingData: ProviderData
---@field direction "inbound"|"outbound"|nil
---@field status string
---@field from string?
---@field to string?
---@field caller_name string?
---@field sequence integer?                   the provider's count

--- Somebody, or something, picked up.
---@class CallAnswered: Event
---@field type "call.answered"
---@field data CallAnsweredData

---@class CallAnsweredData: ProviderData
---@field direction "inbound"|"outbound"|nil
---@field status string
---@field from string?
---@field to string?
---@field answered_at integer?
---@field caller_name string?
---@field sequence integer?                   the provider's count
---@field answered_by string?
---@field machine boolean?

--- The line is closed: `status` says how.
---@class CallEnded: Event
---@field type "call.ended"
---@field data CallEndedData

---@class CallEndedData: ProviderData
---@field direction "inbound"|"outbound"|nil
---@field status string
---@field from string?
---@field to string?
---@field ended_at integer?
---@field duration_secs number?
---@field caller_name string?
---@field error_code string?
---@field sip_code integer?
---@field sequence integer?                   the provider's count
---@field answered_by string?
---@field machine boolean?

--- A call that could not be placed: `reason`.
---@class CallFailed: Event
---@field type "call.failed"
---@field data CallFailedData

---@class CallFailedData: ProviderData
---@field agent_id string?
---@field direction "inbound"|"outbound"|nil
---@field status string
---@field from string?
---@field to string?
---@field ended_at integer?
---@field termination_reason string?
---@field reason "busy"|"no_answer"|"unknown"
---@field sip_code integer?

--- Who picked up, when the provider found out later.
---@class CallMachine: Event
---@field type "call.machine"
---@field data CallMachineData

---@class CallMachineData: ProviderData
---@field answered_by string
---@field machine boolean?

--- A recording is ready.
---@class CallRecording: Event
---@field type "call.recording"
---@field data CallRecordingData

---@class CallRecordingData: ProviderData
---@field has_recording boolean
---@field recording {sid: string?, url: string?, duration_secs: number?, channels: integer?, status: string?}

--- An agent is about to speak and waits for what it should know.
---@class ConversationStarting: Event
---@field type "conversation.starting"
---@field data ConversationStartingData

---@class ConversationStartingData: ProviderData
---@field agent_id string?
---@field direction "inbound"|"outbound"|nil
---@field status string
---@field from string?
---@field to string?
---@field variables table<string, any>?       values may be anything, also json.null
---@field caller_name string?

--- What was said, and what became of it.
---@class ConversationEnded: Event
---@field type "conversation.ended"
---@field data ConversationEndedData

---@class ConversationEndedData: ProviderData
---@field agent_id string?
---@field agent_name string?
---@field direction "inbound"|"outbound"|nil
---@field status string
---@field from string?
---@field to string?
---@field started_at integer?                  ms, like all times
---@field answered_at integer?
---@field ended_at integer?
---@field duration_secs number?
---@field cost number?
---@field currency string?
---@field cost_credits number?                 where the provider counts in its own
---@field summary string?
---@field title string?
---@field outcome string?                      the provider's word
---@field language string?
---@field transcript Turn[]?
---@field variables table<string, any>?        values may be anything, also json.null
---@field data_collection table<string, any>?  what the agent was told to find out; json.null when it did not
---@field evaluation table<string, string>?
---@field user_id string?
---@field batch_call_id string?
---@field caller_name string?
---@field termination_reason string?
---@field error_code string?
---@field has_recording boolean?

--- The audio came; it stays in the record.
---@class ConversationAudio: Event
---@field type "conversation.audio"
---@field data ConversationAudioData

---@class ConversationAudioData: ProviderData
---@field agent_id string?
---@field has_recording boolean?
---@field audio {bytes: integer, format: string}

--- A text message came and waits for an answer.
---@class MessageReceived: Event
---@field type "message.received"
---@field data MessageReceivedData

---@class MessageReceivedData: ProviderData
---@field direction "inbound"|"outbound"
---@field from string?
---@field to string?
---@field message Message

--- What became of a message that was sent.
---@class MessageStatus: Event
---@field type "message.status"
---@field data MessageStatusData

---@class MessageStatusData: ProviderData
---@field direction "inbound"|"outbound"|nil
---@field from string?
---@field to string?
---@field error_code string?
---@field message Message

--- As conversation.ended, found by asking the provider.
---@class ImportConversation: Event
---@field type "import.conversation"
---@field data ImportConversationData

---@class ImportConversationData: ProviderData
---@field agent_id string?
---@field agent_name string?
---@field direction "inbound"|"outbound"|nil
---@field status string
---@field from string?
---@field to string?
---@field started_at integer?                  ms, like all times
---@field answered_at integer?
---@field ended_at integer?
---@field duration_secs number?
---@field cost number?
---@field currency string?
---@field cost_credits number?                 where the provider counts in its own
---@field summary string?
---@field title string?
---@field outcome string?                      the provider's word
---@field language string?
---@field transcript Turn[]?
---@field variables table<string, any>?        values may be anything, also json.null
---@field data_collection table<string, any>?  what the agent was told to find out; json.null when it did not
---@field evaluation table<string, string>?
---@field user_id string?
---@field batch_call_id string?
---@field caller_name string?
---@field termination_reason string?
---@field has_recording boolean?

--- What Twilio says when a `<Connect>` has ended.
---@class TwilioAction: Event
---@field type "twilio.action"
---@field data TwilioActionData

---@class TwilioActionData: ProviderData
---@field direction "inbound"|"outbound"|nil
---@field status string?
---@field from string?
---@field to string?
---@field session {id: string?, status: string?, duration_secs: number?, handoff: string?}

--- What became of one of those whom a `<Dial>` of the call rang. It says nothing of the call itself.
---@class TwilioLeg: Event
---@field type "twilio.leg"
---@field data TwilioLegData

---@class TwilioLegData: ProviderData
---@field leg Leg

---@class Leg
---@field sid string
---@field status string?
---@field direction "outbound"
---@field from string?
---@field to string?
---@field started_at integer?    ms, like all times
---@field answered_at integer?
---@field ended_at integer?
---@field duration_secs integer?
---@field caller_name string?
---@field answered_by string?
---@field machine boolean?
---@field sip_code integer?
---@field error_code string?
---@field sequence integer?      the provider's count

--- ElevenLabs takes a voice away: look at `data.raw`.
---@class ElevenlabsVoiceRemovalNotice: Event
---@field type "elevenlabs.voice_removal_notice"
---@field data ElevenlabsVoiceRemovalNoticeData

---@class ElevenlabsVoiceRemovalNoticeData: ProviderData

--- One of yours is due: `timer.<name>`. What the rule gave as `data` is there by its own names.
---@class TimerEvent: Event
---@field data TimerData

---@class TimerData
---@field timer {key: string, call: string?, tenant: string?, restored: boolean?} restored: overdue in a backup that was put back, so what it asks for waits for a person
---@field [string] any

--- What somebody asked for over the API was carried out: `command.<name>`.
---@class CommandEvent: Event
---@field data CommandData

---@class CommandData
---@field command string  such as "task.create"
---@field by string       whose token it was
---@field body table      as it was asked for
---@field result any      as it was answered; json.null when the event is redriven
---@field about {call: string?, tenant: string?}

--- What came of an action: `action.done`, `action.failed`, `action.unknown`. It is about the call that the action makes
--- or is about.
---@class ActionEvent: Event
---@field data ActionData

---@class ActionData
---@field external_ids ExternalIds       the provider's ids of what it made
---@field status "initiated"|"failed"|nil  of an action `call`
---@field action Action

--- As `GET /actions/{id}` shows it. What has `any` is json.null when there is nothing; times are RFC 3339.
---@class Action
---@field id string
---@field made_seq integer      the record that asked for it
---@field made_n integer        which of that record's actions
---@field source any            text
---@field type string           such as "call", "sms", "end_call"
---@field params table          as it was asked for
---@field tenant any            text
---@field call_id any           text
---@field task_id any           text: the task whose attempt it is
---@field rule any              text: who asked for it
---@field priority integer
---@field status "waiting"|"sending"|"unknown"|"held"|"done"|"failed"|"refused"|"canceled"
---@field attempt integer       how often it was sent
---@field looks integer         how often the provider was asked what became of it
---@field pages integer         of the provider's list that such a look has read
---@field cursor any            text: where it goes on
---@field harmless boolean      may be sent twice
---@field max_attempts integer
---@field created_at string
---@field next_attempt_at any   text
---@field sent_at any           text
---@field ended_at any          text
---@field code any              text: why, in a word
---@field reason any            text: why, in a sentence
---@field result any            table: what the provider answered, such as its ids
