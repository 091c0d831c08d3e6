// Reading records out of a log's tables: what the log that appends and the one that only reads have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/log/log.h"
#include "engine/log/store.h"

namespace hookswitch {

/// Log::read(), over these tables.
Result<size_t> read_records(const LogStore& store, uint64_t from_seq, size_t count, const Log::Visit& visit,
                            const std::function<void(uint64_t, const Error&)>& corrupt);

/// Log::read_backwards().
Result<size_t> read_records_backwards(const LogStore& store, uint64_t from_seq, size_t count, const Log::Visit& visit);

/// Log::seq_at(); `next_seq` is the answer of an empty log.
Result<uint64_t> record_at(const LogStore& store, int64_t time_ms, uint64_t next_seq);

/// The oldest sequence kept, nullopt when the log is empty or cannot be read.
std::optional<uint64_t> first_record(const LogStore& store);

}  // namespace hookswitch
