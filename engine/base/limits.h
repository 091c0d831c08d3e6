// Every bound of the engine in one place, each with its unit and its reason. Those an operator may change are the
// defaults of config/hookswitch.yaml `limits`.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hookswitch::limits {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;
constexpr size_t kGiB = 1024 * kMiB;

// HTTP front: what one client may cost.
constexpr size_t kConnections = 10'000;              // open connections; more are answered 503 and closed
constexpr size_t kRequestLineBytes = 8 * kKiB;       // longest request target; more is 414
constexpr size_t kHeaderBytes = 32 * kKiB;           // all headers of a request together; more is 431
constexpr size_t kHeaderCount = 100;                 // more is 431
constexpr size_t kBodyBytes = 32 * kMiB;             // default of limits.body; more is 413
constexpr int64_t kHeaderTimeoutMs = 10'000;         // from the first byte to the end of the headers
constexpr int64_t kIdleTimeoutMs = 75'000;           // between requests of a kept-alive connection
constexpr int64_t kBodyStallMs = 15'000;             // without one byte of the body
constexpr size_t kBodyBytesPerSecondMin = 1 * kKiB;  // slower than this on average after kBodyStallMs is cut with 408
constexpr size_t kPipelinedRequests = 16;            // unanswered requests of one connection; more wait unread
constexpr size_t kWriteBufferBytes = 4 * kMiB;       // unread answer bytes of one connection; a stream over it is cut
constexpr int64_t kWriteStallMs = 30'000;            // a client that reads nothing of its answer for so long is cut
constexpr size_t kDiscardBytes = 256 * kKiB;         // of a body nobody wants that is read to keep the connection
constexpr int64_t kLingerMs = 2'000;           // reading on after a closing answer, so that it is not lost to a reset
constexpr size_t kRefusedConnections = 256;    // beyond kConnections, kept only to say 503; more are closed unheard
constexpr int64_t kRetryAfterSeconds = 2;      // what a 503 tells the client to wait
constexpr size_t kStreams = 1'000;             // open event streams
constexpr size_t kBodyPieceBytes = 64 * kKiB;  // read of a long answer when the client has taken what was before
constexpr int64_t kDrainMs = 10'000;           // how long a stopping listener waits for answers under way
constexpr int64_t kRequestDrainMs = 7'000;     // of it, for the rest of a request; then 503
constexpr int64_t kUnusedDrainMs = 1'000;      // and for the first request of a connection that has sent none

// Refused deliveries, kept to find out why. Anybody can send them, so everything about them is small.
constexpr size_t kRefusals = 500;                     // kept
constexpr size_t kRefusalsBytes = 16 * kMiB;          // kept, all together
constexpr size_t kRefusalBodyBytes = 256 * kKiB;      // of one; a larger body is not kept
constexpr int64_t kRefusalKeepMs = 3 * 86'400'000LL;  // from their arrival
constexpr size_t kRefusalQueue = 32;                  // waiting to be written; more are not kept
constexpr size_t kDoctorQuestions = 16;               // waiting to be answered; more are 503
constexpr size_t kDiagnosisBytes = 64 * kMiB;         // hashed in trying settings for one of them

// API.
constexpr size_t kApiBodyBytes = 64 * kKiB;     // body of a request to the API
constexpr int64_t kStreamHeartbeatMs = 15'000;  // a silent event stream sends a comment this often
constexpr size_t kChangesPerRead = 256;         // changes looked at for one stream at once
constexpr int64_t kCommandWaitMs = 10'000;      // for a command to be committed; then it is answered 202

// Access.
constexpr size_t kApiTokenBytes = 512;  // of a bearer token of ours
constexpr size_t kJwtBytes = 8 * kKiB;  // of one of somebody else's
constexpr size_t kJwtClaimBytes = 128;  // of its subject and tenant
constexpr size_t kJwtKeys = 64;         // keys at once, configured and of a file
constexpr size_t kJwksFileBytes = 256 * kKiB;
constexpr int64_t kJwtLeewayMs = 60'000;  // default of auth.jwt.leeway: how far clocks may be apart
constexpr size_t kHmacSecretBytes = 32;   // of a secret that signs tokens, at least
constexpr size_t kRateKeys = 16'384;      // clients, tokens, ... whose rate is known; the longest unseen is forgotten
constexpr uint64_t kAuditRows = 100'000;  // changes remembered with who made them

// Configuration.
constexpr size_t kSecretFileBytes = 64 * kKiB;  // a file that ${file:...} names
constexpr size_t kConfigDepth = 64;             // nesting of the file
constexpr size_t kConfigNodes = 100'000;        // values in it, aliases followed; a file of more bytes may have more

// Metrics.
constexpr size_t kMetricSeries = 200;      // label sets of one name; further ones are counted as "other"
constexpr size_t kMetricLabelBytes = 128;  // of a label value; the rest is cut off

// Log.
constexpr size_t kInlineBodyBytes = 1 * kMiB;     // a larger body goes to data/blobs while it streams in
constexpr size_t kAppendQueueRecords = 16'384;    // waiting for the committer; more is 503
constexpr size_t kAppendQueueBytes = 64 * kMiB;   // the same by size
constexpr size_t kGroupRecords = 1'024;           // records committed by one fsync
constexpr size_t kGroupBytes = 4 * kMiB;          // the same by size (one larger record makes a group alone)
constexpr size_t kLogCachedBytes = 32 * kMiB;     // newest records that stay in memory once they are processed
constexpr size_t kTrimGroupsPerStep = 64;         // groups deleted by one trim step, so that intake never waits long
constexpr size_t kRedactGroups = 64;              // groups looked at by one step of erasing
constexpr size_t kSourceNameBytes = 64;           // a source's name in configuration and records
constexpr size_t kRecordHeaderBytes = 64 * kKiB;  // the headers kept with one record

// Requests to providers and sinks.
constexpr int64_t kOutboundConnectMs = 10'000;             // to resolve, connect and shake hands
constexpr int64_t kOutboundTimeoutMs = 30'000;             // a whole request; of a streamed answer each pause
constexpr size_t kOutboundAnswerBytes = kInlineBodyBytes;  // of an answer kept in memory; it fits in a record
constexpr size_t kOutboundHeaderBytes = 32 * kKiB;         // of an answer, all of them

// The outbox: when to send, and how much at once.
constexpr size_t kDueActions = 256;              // due actions of one receiver and priority looked at together
constexpr size_t kBlockedActions = 16;           // of them that cannot begin now, then nobody looks further
constexpr int kLooksUnderWay = 4;                // questions to one source about unknown outcomes
constexpr int kFileSinkBatch = 256;              // records of one file sink that share an fsync
constexpr uint64_t kSinkFileBytes = 100 * kMiB;  // default of sinks.<name>.rotate
constexpr int kSinkFiles = 10;                   // default of sinks.<name>.keep
constexpr int kSinkAttempts = 1'000;             // minutes apart: days before an emitted record is given up
constexpr int kWebSinkRequests = 8;              // under way to one web sink
constexpr int kBreakerFailures = 5;              // in a row, then a receiver is left alone
constexpr int64_t kBreakerMs = 2'000;            // for so long, doubled each time it fails again
constexpr int64_t kDeniedMs = 300'000;    // and at most for so long; at once when it says that the account may not
constexpr int64_t kPauseMaxMs = 300'000;  // of what a Retry-After may ask for
constexpr int64_t kPauseMs = 1'000;       // when it asks for a pause and does not say how long
constexpr int64_t kOutcomeRetryMs = 500;  // between tries to get an outcome into a log that is full
constexpr int64_t kOutboxComplaintMs = 60'000;  // between two lines that say so
constexpr int64_t kGrantWaitMs = 10'000;        // for the processor's word; then the state is asked
constexpr int64_t kOutboxDrainMs = 10'000;      // a stopping engine waits so long for requests under way

// Plugins.
constexpr size_t kEventsPerRecord = 64;        // events one record may decode into
constexpr size_t kEventIdBytes = 512;          // event id, type and subject
constexpr size_t kEventDataBytes = 16 * kMiB;  // normalized data of one event
constexpr size_t kDeliveriesPerCall = 64;      // deliveries one made-up call may be told in
constexpr size_t kReplyBytes = 256 * kKiB;     // an answer that rules or a plugin made
constexpr size_t kArenaBytes = 64 * kMiB;      // what one hook call may allocate in its arena
constexpr size_t kOutcomeBytes = 64 * kKiB;    // what a provider says it made of an action
constexpr size_t kCursorBytes = 4 * kKiB;      // where a provider's list goes on
constexpr size_t kSyncItems = 1'000;           // things on one page of a provider's list

// Rules.
constexpr size_t kRuleMemoryBytes = 16 * kMiB;    // default of limits.rule_memory, per handler run
constexpr uint64_t kRuleSteps = 1'000'000;        // default of limits.rule_steps, VM instructions per handler run
constexpr size_t kEffectsPerEvent = 1'000;        // effects all rules of one event may ask for
constexpr size_t kActionParamsBytes = 64 * kKiB;  // what one action is to be done with
constexpr size_t kRuleStateBytes = 256 * kKiB;    // one value of a rule's own memory
constexpr size_t kRuleFiles = 500;                // files of a rule set
constexpr size_t kRuleCallDepth = 1'000;          // nested Lua calls, checked every 1'000 instructions
constexpr int64_t kRuleTestsMs = 120'000;         // all tests of changed rules; they have failed if it takes longer
constexpr size_t kRuleTestBytes = 16 * kMiB;      // their report
constexpr int64_t kRuleCpuMs = 5'000;             // last line of defence: CPU time of one handler run
constexpr size_t kRulePatterns = 256;             // compiled patterns of each kind kept by one rule set
constexpr size_t kRulePatternText = 16 * kKiB;    // longest pattern; reading one costs thirty times its length
constexpr size_t kRulePatternGroups = 32;         // groups of one pattern that are kept
constexpr size_t kRuleErrorBytes = 4 * kKiB;      // longest reason of a rule's error; more is cut
constexpr int64_t kRulePatternBytes = 1 * kMiB;   // memory of one compiled pattern; it gets slower beyond, not wrong
constexpr size_t kRuleLogBytes = 2 * kKiB;        // longest line of ctx.log; more is cut
constexpr size_t kRuleLogLines = 20;              // lines of ctx.log for one event; more are dropped
constexpr size_t kJsonDepth = 128;                // nesting of JSON that rules may look at or make

// Rule tests: generous, for they run where people wait for them; a test that never ends is still ended.
constexpr size_t kRuleTestMemoryBytes = 64 * kMiB;          // of one test, what its file keeps included
constexpr uint64_t kRuleTestSteps = 50'000'000;             // of one test, without the rules that it makes run
constexpr size_t kRuleTestFileBytes = 4 * kMiB;             // of a test file
constexpr size_t kRuleTestsPerFile = 10'000;                // tests that one file may name
constexpr int64_t kRuleTestAdvanceMs = 400LL * 86'400'000;  // how far one test may move its clock at once

// Trying lines of Lua on an event: what one request may cost the processor.
constexpr size_t kEvalCodeBytes = 16 * kKiB;
constexpr size_t kEvalAnswerBytes = 1 * kMiB;  // values and effects
constexpr int64_t kEvalCpuMs = 1'000;          // less than the time somebody may wait for an answer of the rules

// State.
constexpr size_t kPageRows = 200;          // most rows of one API page; the default is kPageRowsDefault
constexpr size_t kErasedCalls = 100;       // calls that one step of an erasure forgets
constexpr size_t kErasedRows = 2'000;      // rows that it looks at
constexpr size_t kForgottenRows = 500;      // rows of a kind that one step of retention forgets
constexpr size_t kErasureNameBytes = 200;  // of an id that is looked for in records
constexpr size_t kPageRowsDefault = 50;
constexpr size_t kKpiDimensions = 8;          // dimensions of one KPI value
constexpr size_t kKpiDimensionBytes = 128;    // name or value of one dimension
constexpr size_t kChangesKept = 100'000;      // rows of the change feed behind /stream
constexpr size_t kIndexedTextBytes = 128;     // of a field's value that an index holds
constexpr size_t kOpenedRowBytes = 8 * kMiB;  // of sealed rows that one transaction has opened, the newest
constexpr size_t kRowsExamined = 5'000;       // rows one page of calls may look at; then it comes back short
constexpr size_t kStatsCalls = 200'000;       // calls one GET /stats may count; then it says it is incomplete
constexpr size_t kKpiRowsRead = 500'000;      // KPI rows one query may read; more is too_large
constexpr size_t kRuleVersionRows = 10'000;   // changes of rules remembered with the position they ruled from
constexpr size_t kRuleVersionsKept = 200;     // rule sets whose files are kept, beside those that kept traces name
constexpr size_t kTracesKept = 100'000;       // default of trace.keep: events whose run is kept as it was
constexpr size_t kTraceBytes = 64 * kKiB;     // of one event's trace; effects beyond are left out of it
constexpr size_t kTraceRowBytes = 8 * kKiB;   // traces that share a row
constexpr size_t kKpiBuckets = 10'000;        // buckets one KPI query may answer with; more is too_large

// Tasks.
constexpr int kTaskAttempts = 100;                    // that one task may ask for
constexpr int64_t kTaskDelayMs = 366LL * 86'400'000;  // longest wait between two attempts
constexpr int64_t kTaskLookDays = 400;                // how far ahead opening hours are looked for
constexpr size_t kTaskBytes = 64 * kKiB;              // of what is asked for with one task
constexpr size_t kTaskHistory = 100;                  // attempts that a task remembers
constexpr int64_t kTaskDeadlineMs = 3'600'000;        // default of calling.deadline: how long an outcome is waited for
constexpr int64_t kLongestCallMs = 6 * 3'600'000LL;  // a task's call that goes on longer is one whose end was not heard
constexpr size_t kCampaignContacts = 20'000;         // of one request; more come with further ones
constexpr size_t kCampaignBodyBytes = 4 * kMiB;      // of such a request
constexpr int64_t kDialsKeptMs = 3 * 86'400'000LL;   // for counting the calls to one number in one of its days

// Sync.
constexpr int64_t kSyncOverlapMs = 2 * 3'600'000LL;  // asked for again before what the last sync has seen
constexpr int64_t kFirstSyncMs = 24 * 3'600'000LL;   // how far back the first one goes that says nothing about it
constexpr size_t kSyncsKept = 500;                   // rows of syncs that are over
constexpr uint64_t kSyncPages = 10'000;              // pages of one sync; a list that goes on is given up
constexpr int kSyncTries = 6;                        // of one request, a little later each time
constexpr int kSyncFetches = 16;                     // things of a list asked for at once, if the source may be so
constexpr size_t kSyncAnswerBytes = kBodyBytes;      // of one answer
constexpr int64_t kSyncAloneMs = 5 * 60'000LL;       // an engine that was down for longer asks what it missed

// Recordings.
constexpr size_t kRecordingBytes = 512 * kMiB;      // of one; a longer answer is given up
constexpr size_t kRecordingListBytes = 256 * kKiB;  // of an answer that says where the audio lies
constexpr size_t kRecordingFetches = 4;             // under way at once
constexpr int64_t kRecordingFetchMs = 15 * 60'000;  // of one, from one source, however its audio drips in
constexpr size_t kRecordingsAsked = 1'000;          // people who wait for one at once; more are told to come again
constexpr int64_t kRecordingWaitMs = 5'000;         // that one of them waits for the provider
constexpr int kRecordingAttempts = 6;               // nobody having asked, a little later each time
constexpr size_t kRecordingsPerExpiry = 256;        // that go with one record

// Processing.
constexpr size_t kBatchRecords = 2'048;      // records per state transaction
constexpr int64_t kBatchUs = 400'000;        // or this long, whichever is first: fewer copies of pages
constexpr int64_t kAnswerBatchUs = 20'000;   // the same once somebody waits for an answer of the batch
constexpr size_t kBatchBytes = 16 * kMiB;    // of changed rows that wait for the end of their batch
constexpr int64_t kReplyDeadlineMs = 3'000;  // default of limits.reply_deadline: then the default answer is sent
constexpr size_t kTimersPerTick = 256;       // due timers appended at once

}  // namespace hookswitch::limits
