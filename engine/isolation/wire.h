// How values lie in the messages between the engine and a plugin's process: one after another, without names, for both
// ends are the same program. Each struct lists its members once, in fields(), for both directions.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/isolation/bounds.h"

namespace hookswitch {

/// `T` is `U`, const or not: what a fields() is for.
template <class T, class U>
concept Either = std::same_as<std::remove_const_t<T>, U>;

template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool>;

/// The last value of an enum that may be in a message: what a process that went mad wrote is no value of it.
template <class T>
constexpr T kLastOf = T{};
template <>
inline constexpr Code kLastOf<Code> = Code::internal;

/// Appends values.
class WireWriter {
 public:
  explicit WireWriter(std::string& out) : out_(out) {}

  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }

 private:
  void put(std::string_view text) { put_sized(out_, text); }
  void put(const std::string& text) { put_sized(out_, text); }
  void put(std::same_as<bool> auto value) { put_le<uint8_t>(out_, value ? 1 : 0); }
  template <Number T>
  void put(T value) {
    put_le(out_, value);
  }
  template <class T>
    requires std::is_enum_v<T>
  void put(T value) {
    put_le(out_, static_cast<uint8_t>(value));
  }
  template <class T>
  void put(const std::vector<T>& list) {
    put_le(out_, static_cast<uint32_t>(list.size()));
    for (const T& item : list) put(item);
  }
  template <class A, class B>
  void put(const std::pair<A, B>& pair) {
    (*this)(pair.first, pair.second);
  }
  template <class T>
  void put(const Result<T>& result) {
    put(result.has_value());
    if (!result) return put(result.error());
    if constexpr (!std::is_void_v<T>) put(*result);
  }
  template <class T>
    requires std::is_class_v<T>
  void put(const T& value) {
    fields(*this, value);
  }

  std::string& out_;
};

/// Reads what a WireWriter wrote. Texts read into a string_view stay where they are. Whatever else the bytes may be, it
/// ends with done() being false, in bounded memory.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : in_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  bool ok() const { return in_.ok() && sound_; }
  /// Everything was there, and nothing else.
  bool done() const { return ok() && in_.left() == 0; }

 private:
  void get(std::string_view& text) { text = in_.sized(); }
  void get(std::string& text) { text = in_.sized(); }
  void get(bool& value) { value = in_.le<uint8_t>() != 0; }
  template <Number T>
  void get(T& value) {
    value = in_.le<T>();
  }
  template <class T>
    requires std::is_enum_v<T>
  void get(T& value) {
    auto number = in_.le<uint8_t>();
    sound_ = sound_ && number <= static_cast<uint8_t>(kLastOf<T>);
    value = sound_ ? static_cast<T>(number) : T{};
  }
  template <class T>
  void get(std::vector<T>& list) {
    auto count = in_.le<uint32_t>();
    sound_ = sound_ && count <= items_left_;
    if (!sound_) return;
    items_left_ -= count;
    for (uint32_t i = 0; i < count && ok(); ++i) get(list.emplace_back());
  }
  template <class A, class B>
  void get(std::pair<A, B>& pair) {
    (*this)(pair.first, pair.second);
  }
  template <class T>
  void get(Result<T>& result) {
    bool good = false;
    get(good);
    if (!good) {
      Error error;
      get(error);
      result = std::unexpected(std::move(error));
    } else if constexpr (std::is_void_v<T>) {
      result = {};
    } else {
      result = T{};
      get(*result);
    }
  }
  template <class T>
    requires std::is_class_v<T>
  void get(T& value) {
    fields(*this, value);
  }

  ByteReader in_;
  size_t items_left_ = limits::kMessageItems;
  bool sound_ = true;
};

template <class Wire>
void fields(Wire& wire, Either<Error> auto& v) {
  wire(v.code, v.message);
}

}  // namespace hookswitch
