#include "engine/fsck/state_rows.h"

#include <array>
#include <exception>

#include "engine/base/bytes.h"
#include "engine/base/json.h"
#include "engine/state/actions.h"
#include "engine/state/calls.h"
#include "engine/state/dead.h"
#include "engine/state/json_rows.h"
#include "engine/state/position.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"
#include "engine/state/tokens.h"

namespace hookswitch {
namespace {

/// Every key's printable form: ids are text, what is around them is numbers.
std::string printable(std::string_view key) {
  constexpr size_t kShown = 80;
  std::string out;
  for (char c : key.substr(0, kShown)) {
    const auto byte = static_cast<unsigned char>(c);
    byte >= 0x20 && byte < 0x7f && c != '\\' ? void(out += c) : void(out += fmt::format("\\x{:02x}", byte));
  }
  return key.size() > kShown ? out + "..." : out;
}

bool is_json(std::string_view value) { return Json::accept(value); }

class RowCheck {
 public:
  RowCheck(const Reader& reader, uint64_t last_seq, const std::function<void(const RowFinding&)>& found)
      : reader_(reader), last_seq_(last_seq), found_(found) {}

  Result<uint64_t> run() {
    check_position();
    for (size_t i = 0; i < static_cast<size_t>(Table::count_); ++i) check_table(static_cast<Table>(i));
    if (auto read = reader_.status(); !read) return std::unexpected(read.error());
    return rows_;
  }

 private:
  void find(Table table, std::string_view key, std::string what) { found_({table, printable(key), std::move(what)}); }

  void check_position() {
    position_ = read_position(reader_);
    if (auto reached = check_log_reaches(position_, last_seq_); !reached)
      find(Table::meta, "position", reached.error().message);
  }

  void check_table(Table table) {
    uint64_t rows = 0;
    reader_.scan(table, "", Direction::forward, [&](std::string_view key, std::string_view value) {
      ++rows;
      try {
        if (const std::string wrong = check_row(table, key, value); !wrong.empty()) find(table, key, wrong);
      } catch (const std::exception& error) {  // a row that is not what its reader takes for granted
        find(table, key, fmt::format("it cannot be read: {}", error.what()));
      }
      return true;
    });
    rows_ += rows;
    if (reader_.status() && rows != reader_.count(table)) {
      find(table, "", fmt::format("{} rows are found in it, and it counts {}", rows, reader_.count(table)));
    }
  }

  /// What is wrong, "" when nothing is.
  std::string check_row(Table table, std::string_view key, std::string_view value) const {
    switch (table) {
      case Table::calls:
        return check_call(key);
      case Table::call_ids:
        return check_call_id(key, value);
      case Table::tasks:
        return check_task(key);
      case Table::actions:
        return check_action(key);
      case Table::timers:
        return check_timer(key);
      case Table::dead:
        return check_dead(key, value);
      case Table::tokens:
        return check_token(key, value);
      case Table::contacts:
      case Table::agents:
      case Table::changes:
        return value.empty() || is_json(value) ? "" : "it is no JSON";
      default:
        return "";
    }
  }

  std::string check_call(std::string_view key) const {
    auto call = get_call(reader_, key);
    if (!call) return call.error().message;
    return *call ? "" : "it cannot be found by its own key";
  }

  std::string check_call_id(std::string_view key, std::string_view value) const {
    if (!key.starts_with('x') && !key.starts_with('m')) return "";
    if (resolve_call_id(reader_, value)) return "";
    return fmt::format("it leads to the call {}, which does not exist", value);
  }

  std::string check_task(std::string_view key) const {
    if (!key.starts_with('t')) return "";
    auto task = find_task(reader_, key.substr(1));
    if (!task) return "it cannot be read";
    if (task->action.empty() || find_action(reader_, task->action)) return "";
    return fmt::format("its action {} does not exist", task->action);
  }

  std::string check_action(std::string_view key) const {
    if (!key.starts_with('a')) return "";
    auto action = find_action(reader_, key.substr(1));
    if (!action) return "it cannot be read";
    if (action->task.empty() || find_task(reader_, action->task)) return "";
    return fmt::format("its task {} does not exist", action->task);
  }

  // By a token's hash lies its id alone.
  std::string check_token(std::string_view key, std::string_view value) const {
    if (!key.starts_with('h')) return is_json(value) ? "" : "it is no JSON";
    auto token = find_token(reader_, value);
    if (!token) return fmt::format("it leads to the token {}, which does not exist", printable(value));
    return key.substr(1) == token->hash ? "" : fmt::format("the token {} has another hash", token->id);
  }

  std::string check_timer(std::string_view key) const {
    if (!key.starts_with('d')) return "";
    return key.size() > 9 && reader_.get(Table::timers, "k" + std::string(key.substr(9))) ? ""
                                                                                          : "it has no row of its own";
  }

  std::string check_dead(std::string_view key, std::string_view value) const {
    if (key.size() != 12) return "its key is not a sequence and an index";
    if (!is_json(value)) return "it is no JSON";
    const uint64_t seq = get_be64(key.data());
    return seq <= position_ ? "" : fmt::format("it is of record {}, beyond the position {}", seq, position_);
  }

  const Reader& reader_;
  const uint64_t last_seq_;
  const std::function<void(const RowFinding&)>& found_;
  uint64_t position_ = 0;
  uint64_t rows_ = 0;
};

}  // namespace

Status check_log_reaches(uint64_t position, uint64_t last_seq) {
  if (position <= last_seq) return {};
  return fail(Code::conflict,
              "the state has processed record {}, and the log ends with {}: the log is older than the state; "
              "`hookswitch restore` puts both back from a backup",
              position, last_seq);
}

Status check_state_reaches(uint64_t position, const LogStats& log) {
  if (position + 1 < log.first_seq)
    return fail(Code::conflict,
                "the state has processed record {}, and the log is trimmed and begins with {}: the state is not the "
                "one of this log, or was lost; put it back, or both from a backup with `hookswitch restore`",
                position, log.first_seq);
  if (position == 0 && log.processed && log.next_seq > 1)
    return fail(Code::conflict,
                "the state has processed nothing, and of the log {} records were processed: the state was lost; "
                "`hookswitch rebuild` makes it anew and holds back what may have been sent, `hookswitch restore` puts "
                "back one of a backup",
                log.next_seq - 1);
  return {};
}

Result<uint64_t> check_rows(const Reader& reader, uint64_t last_seq,
                            const std::function<void(const RowFinding&)>& found) {
  return RowCheck(reader, last_seq, found).run();
}

}  // namespace hookswitch
