// SPDX-License-Identifier: Apache-2.0
//
// RFC 3339 timestamps (https://www.rfc-editor.org/rfc/rfc3339#section-5.6).
#include <fmt/core.h>

#include "skerry/events/cloud_event.h"

namespace skerry::events {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// The last whole year that nanoseconds in 64 bits reach.
constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2261;
constexpr std::size_t kMaxFractionDigits = 9;

/// Takes the text from its front; once something did not fit, everything else fails as well.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  int number(std::size_t digits) {
    if (text_.size() < digits) return failed();
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (!is_digit(text_[i])) return failed();
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }
  bool skip(char expected) {
    if (text_.empty() || text_.front() != expected) return false;
    text_.remove_prefix(1);
    return true;
  }
  void require(bool condition) {
    if (!condition) failed();
  }
  nanoseconds fraction() {
    nanoseconds value{0};
    nanoseconds unit = seconds(1);
    std::size_t digits = 0;
    for (; !text_.empty() && is_digit(text_.front()); text_.remove_prefix(1), ++digits) {
      unit /= 10;  // digits beyond nanoseconds count nothing
      value += unit * (text_.front() - '0');
    }
    require(digits > 0);
    return value;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return text_.empty(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  int failed() {
    ok_ = false;
    text_ = {};
    return 0;
  }

  std::string_view text_;
  bool ok_ = true;
};

minutes read_offset(Reader& reader) {
  if (reader.skip('Z') || reader.skip('z')) return minutes(0);
  const bool west = reader.skip('-');
  reader.require(west || reader.skip('+'));
  const int hour = reader.number(2);
  reader.require(reader.skip(':'));
  const int minute = reader.number(2);
  reader.require(hour < 24 && minute < 60);
  const minutes offset = hours(hour) + minutes(minute);
  return west ? -offset : offset;
}

}  // namespace

std::string format_time(Time time) {
  const auto whole_seconds = std::chrono::floor<seconds>(time);
  const auto day = std::chrono::floor<days>(whole_seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(whole_seconds - day);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto rest = (time - whole_seconds).count(); rest != 0) {
    text += fmt::format(".{:0{}}", rest, kMaxFractionDigits);
    text.resize(text.find_last_not_of('0') + 1);
  }
  return text + "Z";
}

std::optional<Time> parse_time(std::string_view text) {
  Reader reader(text);
  const int year = reader.number(4);
  reader.require(reader.skip('-'));
  const int month = reader.number(2);
  reader.require(reader.skip('-'));
  const int day = reader.number(2);
  reader.require(reader.skip('T') || reader.skip('t'));
  const int hour = reader.number(2);
  reader.require(reader.skip(':'));
  const int minute = reader.number(2);
  reader.require(reader.skip(':'));
  const int second = reader.number(2);
  const nanoseconds fraction = reader.skip('.') ? reader.fraction() : nanoseconds(0);
  const minutes offset = read_offset(reader);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!reader.ok() || !reader.at_end() || !date.ok()) return std::nullopt;
  if (year < kFirstYear || year > kLastYear || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const Time time = Time(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) + fraction -
                    nanoseconds(offset);
  if (time.time_since_epoch().count() < 0) return std::nullopt;
  return time;
}

}  // namespace skerry::events
