// Random values that a vendor's JSON schema allows: what may arrive tomorrow, from a seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/base/json.h"

namespace hookswitch::test {

/// Understands the part of JSON Schema that tests/fixtures/openapi use: $ref into the document, type, properties,
/// required, items, additionalProperties, enum, const, oneOf, anyOf, minItems, maxItems, and the formats of
/// random_text(). What is optional is there or not, and below a certain depth it is not. Anything else in the document
/// makes it throw: a test must not believe in a schema that it does not understand.
class SchemaValues {
 public:
  /// `file`: a name in tests/fixtures/openapi.
  SchemaValues(const std::string& file, uint32_t seed);

  /// A value of components/schemas/<name>.
  Json value(const std::string& name);
  /// The same for an object of texts, as a form body.
  std::string form(const std::string& name);

  std::mt19937& random() { return random_; }
  size_t below(size_t bound) { return random_() % bound; }

 private:
  Json make(const Json& schema, int depth);
  Json make_object(const Json& schema, int depth);
  Json make_array(const Json& schema, int depth);
  Json make_integer(const Json& schema);
  Json make_any(int depth);

  Json document_;
  std::mt19937 random_;
};

/// A text as vendors or their callers may write it: "", long, in any script, with quotes, NUL, markup or numbers in it;
/// or of a format: unix-seconds, byte (base64), digits, rfc2822, phone, sid, uri.
std::string random_text(std::mt19937& random, const std::string& format = "");

/// The text of a JSON value damaged in one way: cut, a byte changed, a value of another type, deep nesting, NUL, bytes
/// that are no UTF-8, half a surrogate pair, a number too large for any type, a repeated key. Some of these are valid
/// JSON, and may be taken.
std::string damaged(const Json& value, std::mt19937& random);

}  // namespace hookswitch::test
