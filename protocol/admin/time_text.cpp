#include "protocol/admin/time_text.hpp"

#include <algorithm>
#include <cstdio>

namespace fedhub::admin {

namespace {

using namespace std::chrono;

constexpr sys_seconds first_second = sys_days{year{0} / January / 1};
constexpr sys_seconds last_second =
  sys_days{year{9999} / December / 31} + hours{23} + minutes{59} + seconds{59};

/// @param fraction of the second, with its point; may be empty.
std::string text_of(sys_seconds time, const char* fraction) {
  const auto bounded = std::clamp(time, first_second, last_second);
  const auto day = floor<days>(bounded);
  const year_month_day date{day};
  const hh_mm_ss clock{bounded - day};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d%sZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), fraction);
  return text;
}

/// Takes the parts of a time, one after the other.
class time_reader {
public:
  explicit time_reader(std::string_view text) : left_{text} {}

  int number(size_t digits) {
    int value = 0;
    for (size_t i = 0; i < digits; ++i)
      value = 10 * value + digit();
    return value;
  }

  /// Takes one of these characters. @returns it.
  char one_of(std::string_view allowed) {
    if (left_.empty() || allowed.find(left_.front()) == std::string_view::npos) {
      good_ = false;
      return '\0';
    }
    const char found = left_.front();
    left_.remove_prefix(1);
    return found;
  }

  /// Takes the fraction of a second, if there is one.
  nanoseconds fraction() {
    if (!left_.starts_with('.'))
      return {};
    left_.remove_prefix(1);
    nanoseconds value{digit() * 100'000'000};
    for (nanoseconds unit{10'000'000}; good_ && !left_.empty() && is_digit(left_.front());
         unit /= 10)
      value += digit() * unit;
    return value;
  }

  minutes offset() {
    const char sign = one_of("Zz+-");
    if (!good_ || sign == 'Z' || sign == 'z')
      return {};
    const auto hour = number(2);
    one_of(":");
    const auto minute = number(2);
    good_ = good_ && hour < 24 && minute < 60;
    const minutes east = hours{hour} + minutes{minute};
    return sign == '+' ? east : -east;
  }

  bool good() const { return good_ && left_.empty(); }

private:
  static bool is_digit(char octet) { return octet >= '0' && octet <= '9'; }

  int digit() { return std::max(one_of("0123456789") - '0', 0); }

  std::string_view left_;
  bool good_ = true;
};

} // namespace

std::optional<system_clock::time_point> parse_rfc3339(std::string_view text) {
  time_reader from{text};
  const auto full_year = from.number(4);
  from.one_of("-");
  const auto full_month = from.number(2);
  from.one_of("-");
  const auto full_day = from.number(2);
  from.one_of("Tt ");
  const auto hour = from.number(2);
  from.one_of(":");
  const auto minute = from.number(2);
  from.one_of(":");
  const auto second = from.number(2);
  const auto fraction = from.fraction();
  const auto offset = from.offset();
  const year_month_day date{year{full_year}, month{static_cast<unsigned>(full_month)},
                            day{static_cast<unsigned>(full_day)}};
  if (!from.good() || !date.ok() || full_year < 1900 || full_year > 2200 || hour > 23 || minute > 59
      || second > 60)
    return {};
  return sys_days{date} + hours{hour} + minutes{minute} + seconds{second} + fraction - offset;
}

std::string rfc3339(system_clock::time_point time) {
  const auto whole = floor<seconds>(time);
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03d",
                static_cast<int>(floor<milliseconds>(time - whole).count()));
  return text_of(whole, fraction);
}

std::string rfc3339(sys_seconds time) { return text_of(time, ""); }

} // namespace fedhub::admin
