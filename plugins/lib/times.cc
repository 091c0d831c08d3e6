#include "plugins/lib/times.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace hookswitch::plugin {

namespace {

constexpr int64_t kLastMs = 253'402'300'799'999;  // the end of the year 9999

/// Takes text apart from the front; after the first thing that does not fit, ok() is false.
class Scan {
 public:
  explicit Scan(std::string_view text) : left_(text) {}
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && left_.empty(); }
  char peek() const { return left_.empty() ? '\0' : left_.front(); }

  bool skip(char c) {
    if (peek() != c || left_.empty()) return false;
    left_.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok_ = skip(c) && ok_; }
  void blanks() {
    while (skip(' ')) {
    }
  }

  int64_t digits(size_t least, size_t most) {
    int64_t value = 0;
    size_t count = 0;
    for (; count < most && peek() >= '0' && peek() <= '9'; ++count, left_.remove_prefix(1)) {
      value = value * 10 + (peek() - '0');
    }
    ok_ = ok_ && count >= least;
    last_digits_ = count;
    return value;
  }
  size_t last_digits() const { return last_digits_; }

  std::string_view letters(size_t count) {
    if (left_.size() < count) ok_ = false;
    std::string_view out = left_.substr(0, count);
    left_.remove_prefix(out.size());
    return out;
  }

  /// "+01:00", "-0500" or 0 after a letter zone; in minutes.
  int64_t offset() {
    if (skip('Z') || skip('z')) return 0;
    if (peek() != '+' && peek() != '-') return ok_ = letters(3) == "GMT", 0;
    int64_t sign = skip('-') ? -1 : (skip('+'), 1);
    int64_t hours = digits(2, 2);
    skip(':');
    int64_t minutes = digits(2, 2);
    ok_ = ok_ && hours < 24 && minutes < 60;
    return sign * (hours * 60 + minutes);
  }

 private:
  std::string_view left_;
  bool ok_ = true;
  size_t last_digits_ = 0;
};

struct Moment {
  int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0, offset = 0;
};

std::optional<int64_t> to_ms(const Moment& m) {
  namespace chr = std::chrono;
  chr::year_month_day date{chr::year(static_cast<int>(m.year)), chr::month(static_cast<unsigned>(m.month)),
                           chr::day(static_cast<unsigned>(m.day))};
  if (!date.ok() || m.hour > 23 || m.minute > 59 || m.second > 60) return std::nullopt;
  int64_t days = chr::sys_days(date).time_since_epoch().count();
  int64_t ms = (((days * 24 + m.hour) * 60 + m.minute - m.offset) * 60 + m.second) * 1000 + m.ms;
  return ms >= 0 && ms <= kLastMs ? std::optional(ms) : std::nullopt;
}

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

int64_t month_number(std::string_view name) {
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == name) return static_cast<int64_t>(i) + 1;
  }
  return 0;
}

void clock_time(Scan& scan, Moment& m) {
  m.hour = scan.digits(2, 2);
  scan.expect(':');
  m.minute = scan.digits(2, 2);
  scan.expect(':');
  m.second = scan.digits(2, 2);
}

}  // namespace

std::optional<int64_t> rfc2822_ms(std::string_view text) {
  if (size_t comma = text.find(','); comma != std::string_view::npos) text.remove_prefix(comma + 1);
  Scan scan(text);
  Moment m;
  scan.blanks();
  m.day = scan.digits(1, 2);
  scan.expect(' ');
  m.month = month_number(scan.letters(3));
  scan.expect(' ');
  m.year = scan.digits(4, 4);
  scan.expect(' ');
  clock_time(scan, m);
  scan.expect(' ');
  m.offset = scan.offset();
  return scan.at_end() ? to_ms(m) : std::nullopt;
}

std::string rfc2822(int64_t ms) {
  namespace chr = std::chrono;
  chr::sys_seconds moment{chr::seconds(ms / 1000)};
  auto day = chr::floor<chr::days>(moment);
  chr::year_month_day date{day};
  chr::hh_mm_ss clock{moment - day};
  std::string out(kDays[chr::weekday(day).c_encoding()]);
  auto padded = [](int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  out += ", " + padded(static_cast<unsigned>(date.day())) + " ";
  out += kMonths[static_cast<unsigned>(date.month()) - 1];
  out += " " + std::to_string(static_cast<int>(date.year())) + " " + padded(clock.hours().count());
  return out + ":" + padded(clock.minutes().count()) + ":" + padded(clock.seconds().count()) + " +0000";
}

std::string rfc3339(int64_t ms) {
  namespace chr = std::chrono;
  chr::sys_seconds moment{chr::seconds(ms / 1000)};
  auto day = chr::floor<chr::days>(moment);
  chr::year_month_day date{day};
  chr::hh_mm_ss clock{moment - day};
  char out[48];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return out;
}

std::optional<int64_t> rfc3339_ms(std::string_view text) {
  Scan scan(text);
  Moment m;
  m.year = scan.digits(4, 4);
  scan.expect('-');
  m.month = scan.digits(2, 2);
  scan.expect('-');
  m.day = scan.digits(2, 2);
  if (!scan.skip('T') && !scan.skip('t')) scan.expect(' ');
  clock_time(scan, m);
  if (scan.skip('.')) {
    m.ms = scan.digits(1, 3);
    for (size_t digits = scan.last_digits(); digits < 3; ++digits) m.ms *= 10;
    scan.digits(0, 30);
  }
  m.offset = scan.offset();
  return scan.at_end() ? to_ms(m) : std::nullopt;
}

std::optional<int64_t> unix_ms(std::optional<double> seconds) {
  if (!seconds || !(*seconds >= 0) || *seconds * 1000 > static_cast<double>(kLastMs)) return std::nullopt;
  return std::llround(*seconds * 1000);
}

}  // namespace hookswitch::plugin
