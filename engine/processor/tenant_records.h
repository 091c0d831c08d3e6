// Which records of the log are a tenant's: told as the processor tells it, by agent, by number, else by source, also of
// those that never made a row, such as messages and dead letters. A result is whose the action or the call is that it
// names; what was refused is its source's. Asked when the tenant's own rows are gone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/log/blobs.h"
#include "engine/log/record.h"
#include "engine/processor/decode.h"
#include "engine/processor/directory.h"
#include "engine/processor/facts.h"
#include "engine/processor/mentions.h"
#include "engine/state/call.h"
#include "engine/state/store.h"

namespace hookswitch {

class TenantRecords {
 public:
  TenantRecords(const Reader& reader, const Directory& directory, const Decoder& decoder, const Blobs& blobs,
                std::string tenant);

  /// What cannot be decoded is the tenant's when it has one of its numbers or agents' ids in it.
  bool have(const RecordView& record);
  /// The tenant whose an event is; "": nobody's.
  std::string owner_of(const Event& event);

 private:
  std::string owner_of_result(const RecordView& record) const;
  std::optional<Call> find_call(std::string_view id) const;
  std::string owner_of_call(std::string_view id) const;

  const Reader& reader_;
  const Directory& directory_;
  const Decoder& decoder_;
  const Blobs& blobs_;
  const std::string tenant_;
  Mentions marks_;  // numbers and agents
  FactReader facts_;
};

}  // namespace hookswitch
