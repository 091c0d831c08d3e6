#include "engine/workbench/difference_list.h"

#include <limits>

#include "engine/base/bytes.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

constexpr size_t kDifferencesPerWrite = 1'024;
constexpr int64_t kAtTheEnd = std::numeric_limits<int64_t>::max();

// Table found: text(call) u8 aspect, bounded_key(name, dimensions as JSON) -> sized call, the difference as JSON.
std::string found_key(std::string_view call, const Difference& difference) {
  std::string key;
  put_key_text(key, call);
  key += static_cast<char>(difference.aspect);
  const bool plain = difference.dimensions.empty();
  return key + bounded_key(plain ? difference.name : difference.name + dump(difference.dimensions));
}

// Table arranged: i64 time, text(call), u8 aspect, bounded_key(name, dimensions) -> the same.
std::string arranged_key(const CallPlace& place, const Difference& difference) {
  std::string key;
  put_ordered_i64(key, place.id.empty() ? kAtTheEnd : place.time_ms);
  return key + found_key(place.id, difference);
}

std::string encode(std::string_view call, const Difference& difference) {
  std::string row;
  put_sized(row, call);
  return row + dump(difference.to_json());
}

struct KeptEntry {
  std::string call;
  Difference difference;
};

KeptEntry decode(std::string_view row) {
  ByteReader in(row);
  KeptEntry out;
  out.call = in.sized();
  out.difference = Difference::from_json(parse_json(in.bytes(in.left())));
  return out;
}

}  // namespace

Result<std::unique_ptr<DifferenceList>> DifferenceList::open(const std::string& dir) {
  lmdb::EnvOptions options;
  options.dir = dir;
  options.tables_max = 2;
  options.sync = false;
  auto env = lmdb::Env::open(std::move(options));
  if (!env) return std::unexpected(env.error());
  std::unique_ptr<DifferenceList> list(new DifferenceList());
  list->env_ = std::move(*env);
  auto found = list->env_->open_table("found");
  auto arranged = found ? list->env_->open_table("arranged") : found;
  if (!arranged) return std::unexpected(arranged.error());
  list->found_ = *found;
  list->arranged_ = *arranged;
  return list;
}

Status DifferenceList::add(std::string_view call, const Difference& difference) {
  waiting_.emplace_back(found_key(call, difference), encode(call, difference));
  return waiting_.size() < kDifferencesPerWrite ? Status{} : write(found_, waiting_);
}

Status DifferenceList::write(lmdb::Table table, std::vector<Row>& rows) {
  auto written = env_->write([&](lmdb::WriteTxn& txn) -> Status {
    for (const auto& [key, value] : rows) {
      if (auto put = txn.put(table, key, value); !put) return put;
    }
    return {};
  });
  rows.clear();
  return written;
}

// Reads and writes in turns: whoever writes may have to let the map grow, and no reader may be open then.
Status DifferenceList::arrange(const Arrange& arrange) {
  if (auto written = write(found_, waiting_); !written) return written;
  std::string from;
  do {
    std::vector<Row> rows;
    if (auto read = arrange_some(arrange, from, rows); !read) return read;
    if (auto written = write(arranged_, rows); !written) return written;
  } while (!from.empty());
  return {};
}

// `from` becomes where to go on, "" at the end.
Status DifferenceList::arrange_some(const Arrange& arrange, std::string& from, std::vector<Row>& rows) const {
  auto txn = env_->read();
  if (!txn) return std::unexpected(txn.error());
  auto cursor = txn->cursor(found_);
  if (!cursor) return std::unexpected(cursor.error());
  auto there = from.empty() ? cursor->first() : cursor->seek_at_least(from);
  from.clear();
  for (size_t looked_at = 0; there && *there; there = cursor->next()) {
    if (looked_at++ == kDifferencesPerWrite) {
      from = cursor->key();
      return {};
    }
    KeptEntry entry = decode(cursor->value());
    auto place = arrange(entry.call, entry.difference);
    if (place) rows.emplace_back(arranged_key(*place, entry.difference), encode(place->id, entry.difference));
  }
  if (!there) return std::unexpected(there.error());
  return {};
}

Status DifferenceList::each_call(const Visit& visit) const {
  auto txn = env_->read();
  if (!txn) return std::unexpected(txn.error());
  auto cursor = txn->cursor(arranged_);
  if (!cursor) return std::unexpected(cursor.error());
  CallPlace place;
  std::vector<Difference> differences;
  auto there = cursor->first();
  for (; there && *there; there = cursor->next()) {
    KeptEntry entry = decode(cursor->value());
    if (!differences.empty() && entry.call != place.id) {
      if (!visit(place, differences)) return {};
      differences.clear();
    }
    int64_t time_ms = get_ordered_i64(cursor->key().data());
    if (differences.empty()) place = {std::move(entry.call), time_ms == kAtTheEnd ? 0 : time_ms};
    if (differences.size() < kDifferencesAtOnce) {
      differences.push_back(std::move(entry.difference));
    } else {
      ++place.left_out;
    }
  }
  if (!there) return std::unexpected(there.error());
  if (!differences.empty()) visit(place, differences);
  return {};
}

}  // namespace hookswitch
