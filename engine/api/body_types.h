// Whether the members of a request's body are of the types that the OpenAPI document gives them.
#pragma once

#include <string>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace hookswitch {

/// An error that names the first member of `body` whose type is none of those that the schema called `name` has for it.
/// null passes, and so does what the schema describes otherwise than by a type: both are for whoever reads the body.
Status check_types(const Json& body, const std::string& name);

}  // namespace hookswitch
