#include "engine/state/shares.h"

#include "engine/base/bytes.h"
#include "engine/state/activity.h"
#include "engine/state/varint.h"

namespace hookswitch {
namespace {

constexpr char kSharesVersion = 1;

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

// Reads what put_text and varint.h wrote; after the first failure everything is empty.
class Input {
 public:
  explicit Input(std::string_view bytes) : left_(bytes) {}
  bool done() const { return ok_ && left_.empty(); }

  uint64_t number() { return checked(take_varint(left_)); }
  int64_t signed_number() { return checked(take_zigzag(left_)); }

  std::string text() { return std::string(bytes(number())); }
  int64_t time() {
    std::string_view raw = bytes(8);
    return raw.empty() ? 0 : get_le<int64_t>(raw.data());
  }

  /// How many items follow; none when there cannot be so many.
  uint64_t items() {
    uint64_t count = number();
    if (count > left_.size()) ok_ = false;
    return ok_ ? count : 0;
  }

 private:
  template <class T>
  T checked(std::optional<T> value) {
    if (!value) ok_ = false;
    return value.value_or(T{});
  }

  std::string_view bytes(size_t size) {
    if (size > left_.size()) {
      ok_ = false;
      left_ = {};
      return {};
    }
    std::string_view out = left_.substr(0, size);
    left_.remove_prefix(size);
    return out;
  }

  std::string_view left_;
  bool ok_ = true;
};

void put_share(std::string& out, const Share& share) {
  put_text(out, share.rule);
  put_text(out, share.event);
  put_text(out, share.tenant);
  put_le(out, share.anchor_ms);
  put_le(out, share.hour_ms);
  put_varint(out, share.kpis.size());
  for (const KpiShare& kpi : share.kpis) {
    put_text(out, kpi.name);
    put_text(out, kpi.dimensions);
    put_zigzag(out, kpi.amount.micros);
    put_varint(out, kpi.amount.observed ? 1 : 0);
  }
  put_varint(out, share.activities.size());
  for (const std::string& id : share.activities) put_text(out, id);
}

Share read_share(Input& in) {
  Share share;
  share.rule = in.text();
  share.event = in.text();
  share.tenant = in.text();
  share.anchor_ms = in.time();
  share.hour_ms = in.time();
  share.kpis.resize(in.items());
  for (KpiShare& kpi : share.kpis) {
    kpi.name = in.text();
    kpi.dimensions = in.text();
    kpi.amount.micros = in.signed_number();
    kpi.amount.observed = in.number() != 0;
  }
  share.activities.resize(in.items());
  for (std::string& id : share.activities) id = in.text();
  return share;
}

void take_kpis_away(Writer& writer, const Share& share) {
  for (const KpiShare& kpi : share.kpis) {
    remove_kpi(writer, {kpi.name, share.tenant, share.hour_ms}, kpi.dimensions, kpi.amount);
  }
}

bool move_activity(Writer& writer, const std::string& id, const SharePlace& to) {
  auto entry = find_activity(writer, id);
  if (!entry || (entry->tenant == to.tenant && entry->call == to.call_id)) return false;
  entry->tenant = to.tenant;
  entry->call = to.call_id;
  put_activity(writer, *entry);
  return true;
}

bool move_share(Writer& writer, Share& share, const SharePlace& to) {
  bool moved = false;
  for (const std::string& id : share.activities) moved |= move_activity(writer, id, to);
  if (share.tenant == to.tenant && share.anchor_ms == to.anchor_ms) return moved;
  int64_t hour_ms = to.zone.start_of(Period::hour, to.anchor_ms);
  bool elsewhere = share.tenant != to.tenant || share.hour_ms != hour_ms;
  if (elsewhere) take_kpis_away(writer, share);
  share.tenant = to.tenant;
  share.anchor_ms = to.anchor_ms;
  share.hour_ms = hour_ms;
  if (elsewhere) add_share(writer, share);
  return true;
}

}  // namespace

std::string encode_shares(const Shares& shares) {
  std::string out(1, kSharesVersion);
  put_varint(out, shares.size());
  for (const Share& share : shares) put_share(out, share);
  return out;
}

Result<Shares> decode_shares(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kSharesVersion) {
    return fail(Code::corrupt, "read a call's shares: found another version, expected {}", int{kSharesVersion});
  }
  Input in(bytes.substr(1));
  Shares shares(in.items());
  for (Share& share : shares) share = read_share(in);
  if (!in.done()) {
    return fail(Code::corrupt, "read a call's shares of {} bytes: cut short or too long", bytes.size());
  }
  return shares;
}

Result<Shares> load_shares(const Reader& reader, std::string_view call_id) {
  auto row = reader.get(Table::shares, call_id);
  return row ? decode_shares(*row) : Shares{};
}

void store_shares(Writer& writer, std::string_view call_id, const Shares& shares) {
  if (shares.empty()) {
    writer.del(Table::shares, call_id);
  } else {
    writer.put(Table::shares, call_id, encode_shares(shares));
  }
}

void add_share(Writer& writer, const Share& share) {
  for (const KpiShare& kpi : share.kpis) {
    add_kpi(writer, {kpi.name, share.tenant, share.hour_ms}, kpi.dimensions, kpi.amount);
  }
}

void withdraw_share(Writer& writer, const Share& share) {
  take_kpis_away(writer, share);
  for (const std::string& id : share.activities) remove_activity(writer, id);
}

size_t withdraw_rule(Writer& writer, Shares& shares, std::string_view rule) {
  return std::erase_if(shares, [&](const Share& share) {
    bool taken = share.event.empty() && share.rule == rule;
    if (taken) withdraw_share(writer, share);
    return taken;
  });
}

bool move_shares(Writer& writer, Shares& shares, const SharePlace& to) {
  bool moved = false;
  for (Share& share : shares) moved |= move_share(writer, share, to);
  return moved;
}

}  // namespace hookswitch
