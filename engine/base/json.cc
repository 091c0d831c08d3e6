#include "engine/base/json.h"

namespace hookswitch {

Json parse_json(std::string_view text) { return Json::parse(text, nullptr, false); }

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string dump_indented(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace); }

}  // namespace hookswitch
