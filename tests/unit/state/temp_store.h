// A store in a directory of its own that goes away with it.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "engine/state/store.h"

namespace hookswitch {

class TempStore {
 public:
  explicit TempStore(uint64_t map_bytes = 64ULL << 20);
  ~TempStore();

  Store& store() { return *store_; }
  Store* operator->() { return store_.get(); }
  const std::string& dir() const { return dir_; }
  /// Closes the store, so that another can open its directory.
  void close() { store_.reset(); }

  /// Runs `fn` in a transaction that must commit.
  void write(const std::function<void(Writer&)>& fn);
  std::unique_ptr<Reader> read();

 private:
  ManualClock clock_{1'700'000'000'000};
  std::string dir_;
  std::unique_ptr<Store> store_;
};

/// Every row of a table, as one text that can be compared.
std::string dump_table(const Reader& reader, Table table);

}  // namespace hookswitch
