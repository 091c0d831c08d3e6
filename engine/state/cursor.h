// Where a listing goes on: the place of the last row seen, as opaque text that a client hands back.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace hookswitch {

/// `scope` is what the place belongs to (the listing and its filters); it is not in the text but must be the same
/// again.
std::string encode_cursor(std::string_view scope, std::string_view place);

/// The same for a place that whoever gets it may not know, such as another tenant's row: nobody reads it, and it is
/// good for as long as this process runs.
std::string encode_hidden_cursor(std::string_view scope, std::string_view place);

/// The place, of either kind. `invalid` when the text is damaged, made up, or from another listing.
Result<std::string> decode_cursor(std::string_view scope, std::string_view cursor);

}  // namespace hookswitch
