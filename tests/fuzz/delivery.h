// Deliveries of providers as fuzz inputs that can be read and edited, and what each plugin promises about them.
//
// An input is: a line with the kind, a line with the raw query, lines "name: value" of headers, an empty line, the
// body.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/providers/provider.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {

constexpr int64_t kNowMs = 1'739'537'300'000;

struct Delivery {
  std::string kind, path, query, url;
  HeaderList headers;
  std::string body;

  DeliveryRequest request() const;
};
Delivery read_delivery(std::string_view input);

/// A source with everything configured that it can be, and secrets that no input holds.
std::shared_ptr<Source> source_of(const std::string& provider);

/// A verdict, never an error, and never accepted, for nobody signed it; the same when the body comes in pieces; and
/// once it is signed it is accepted.
void check_verify(const Source& source, const Delivery& delivery);

/// Events that keep the plugin's contract, twice the same, or an error that says that the input is wrong.
std::vector<DecodedEvent> check_decode(const Source& source, const Delivery& delivery, std::string_view record_kind);

/// What a provider answers is read within the contract, and where it says that one goes on leads to requests within it.
/// `kind` is a type of action or a resource of sync; the header "status" is the status.
void check_answer(const Source& source, const Delivery& answer);

}  // namespace hookswitch::fuzz
