// Is a request one that a vendor's OpenAPI document describes? Stricter than the document: what it does not name is a
// complaint too, for a parameter that nobody documented does nothing.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/json.h"

namespace hookswitch::test {

/// Understands what tests/fixtures/openapi/*.requests.json use: parameters in path and query, bodies as JSON or form,
/// $ref, type, properties, required, items, enum, const, anyOf, oneOf, bounds, pattern, and the formats date-time, uri.
class OpenApiCheck {
 public:
  explicit OpenApiCheck(const std::string& document) : document_(Json::parse(document)) {}

  struct Request {
    std::string method, target, content_type, body;  // `target`: path and query
  };
  /// "" when it is valid, else the first thing that is wrong.
  std::string complaint(const Request& request) const;

  /// The same for a value of components/schemas/<name>.
  std::string complaint(const Json& value, const std::string& schema) const;

 private:
  using Params = std::vector<std::pair<std::string, std::string>>;
  const Json* find(std::string_view method, std::string_view path, Params& in_path) const;
  std::string check_query(const Json& operation, const Params& query) const;
  std::string check_path(const Json& operation, const Params& path) const;
  std::string check_body(const Json& operation, const Request& request) const;
  std::string check_form(const Json& schema, const std::string& body) const;
  std::string check(const Json& value, const Json& schema, const std::string& where) const;
  std::string check_object(const Json& value, const Json& schema, const std::string& where) const;
  std::string check_text(const std::string& value, const Json& schema, const std::string& where) const;
  /// A text as a value of the schema's type: "12" of an integer is 12.
  Json typed(const std::string& text, const Json& schema) const;
  const Json& resolved(const Json& schema) const;

  Json document_;
};

}  // namespace hookswitch::test
