// Owned<T, free_fn>: a C library's object with its own free function as deleter.
#pragma once

#include <memory>

namespace hookswitch {

template <auto fn>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    fn(object);
  }
};

/// For example `using Digest = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;`
template <class T, auto free_fn>
using Owned = std::unique_ptr<T, FreeWith<free_fn>>;

}  // namespace hookswitch
