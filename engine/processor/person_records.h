// Which records of the log are a person's by their number as it is dialled at home, in the country of the tenant whose
// the record is; of nobody's in that of any tenant. Told by what stands where a number does, never by the text: without
// a country code the same digits may be anything. Also of those that never made a row, such as dead letters and
// commands that were refused. Asked when the person's own rows are gone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/processor/tenant_records.h"

namespace hookswitch {

/// Whether a tenant's number that is written like this is `phone`, in E.164.
bool reads_as(const Directory& directory, std::string_view tenant, std::string_view text, const std::string& phone);

class PersonRecords {
 public:
  /// `phone` "": of nobody.
  PersonRecords(const Reader& reader, const Directory& directory, const Decoder& decoder, const Blobs& blobs,
                std::string phone);

  /// A delivery or an import with the number as caller or callee, a command with it as what it asks for.
  bool have(const RecordView& record);

  /// The provider's ids of the calls that such a delivery or import is about, but of calls that are there and between
  /// others.
  std::vector<std::string> call_ids_of(const RecordView& record);

 private:
  bool is_asked_in(const RecordView& record) const;
  std::vector<Event> events_of(const RecordView& record);
  bool is_of(const Event& event);
  bool is_between_others(std::string_view call_id) const;

  const Reader& reader_;
  const Directory& directory_;
  const Decoder& decoder_;
  const Blobs& blobs_;
  const std::string phone_;
  Mentions digits_;  // without which nothing is decoded
  TenantRecords owners_;
  FactReader facts_;
};

}  // namespace hookswitch
