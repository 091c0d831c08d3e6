// A borrowed function that looks at one row after another: `true` goes on, `false` stops.
#pragma once

#include <string_view>
#include <type_traits>

namespace hookswitch {

/// Like std::function, but never owns nor allocates: give it a lambda that outlives the call.
class RowVisitor {
 public:
  template <class Fn>
    requires(!std::is_same_v<std::remove_cvref_t<Fn>, RowVisitor>)
  RowVisitor(Fn&& fn)  // NOLINT(google-explicit-constructor): a lambda is given where a visitor is wanted
      : object_(const_cast<void*>(static_cast<const void*>(&fn))),
        call_([](void* object, std::string_view key, std::string_view value) -> bool {
          return (*static_cast<std::remove_reference_t<Fn>*>(object))(key, value);
        }) {}

  bool operator()(std::string_view key, std::string_view value) const { return call_(object_, key, value); }

 private:
  void* object_;
  bool (*call_)(void*, std::string_view, std::string_view);
};

}  // namespace hookswitch
