#include "conf/ctl/readable.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "protocol/admin/time_text.hpp"
#include "protocol/text/decimal.hpp"

namespace fedhub::ctl {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct unit {
  double seconds;
  const char* name;
};

constexpr std::array<unit, 4> units{{{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}}};

constexpr seconds longest_duration = std::chrono::hours{24 * 3'660};

std::string with_unit(const char* format, double number, const char* name) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, number, name);
  return text.data();
}

/// Returns the index of the largest unit that `amount` has at least once; the last for less.
size_t largest_unit(double amount) {
  size_t i = 0;
  while (i + 1 < units.size() && amount < units[i].seconds)
    ++i;
  return i;
}

/// Returns whole units, e.g. "3 min".
std::string count_of(double amount, const unit& of) {
  return with_unit("%.0f %s", std::floor(amount / of.seconds), of.name);
}

std::optional<seconds> seconds_of(char unit_letter) {
  switch (unit_letter) {
  case 's':
    return seconds{1};
  case 'm':
    return seconds{60};
  case 'h':
    return seconds{3'600};
  case 'd':
    return seconds{86'400};
  default:
    return std::nullopt;
  }
}

} // namespace

std::string readable_duration(double seconds) {
  if (seconds < 0)
    return "-" + readable_duration(-seconds);
  if (seconds == 0)
    return "0 s";
  if (seconds < 0.9995)
    return with_unit("%.0f %s", std::round(seconds * 1'000), "ms");
  if (seconds < 9.95)
    return with_unit("%.3g %s", std::round(seconds * 10) / 10, "s");
  seconds = std::round(seconds);
  const auto first = largest_unit(seconds);
  auto text = count_of(seconds, units[first]);
  if (first + 1 == units.size())
    return text;
  const auto& next = units[first + 1];
  const double rest = std::fmod(seconds, units[first].seconds);
  return rest < next.seconds ? text : text + " " + count_of(rest, next);
}

std::string readable_size(double octets) {
  constexpr std::array names{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  size_t i = 0;
  // From 999.5 on three digits are not enough.
  for (; octets >= 999.5 && i + 1 < names.size(); ++i)
    octets /= 1'024;
  return with_unit(octets >= 1e6 ? "%.0f %s" : "%.3g %s", octets, names[i]);
}

std::string relative_time(moment then, moment now) {
  const double ahead = std::chrono::duration<double>(then - now).count();
  const double distance = std::abs(ahead);
  if (distance < 1)
    return "now";
  const auto text = count_of(distance, units[largest_unit(distance)]);
  return ahead > 0 ? "in " + text : text + " ago";
}

std::optional<seconds> parse_duration(std::string_view text) {
  seconds sum{0};
  while (!text.empty()) {
    const auto digits = text.find_first_not_of("0123456789");
    if (digits == text.npos)
      return std::nullopt; // a number without a unit
    const auto number = parse_decimal<uint32_t>(text.substr(0, digits));
    const auto each = seconds_of(text[digits]);
    if (!number || !each)
      return std::nullopt;
    sum += *number * *each;
    if (sum > longest_duration)
      return std::nullopt;
    text.remove_prefix(digits + 1);
  }
  return sum.count() > 0 ? std::optional{sum} : std::nullopt;
}

std::optional<moment> parse_time(std::string_view text) {
  const auto time = admin::parse_rfc3339(text);
  if (!time)
    return std::nullopt;
  return std::chrono::floor<milliseconds>(*time);
}

std::string format_time(moment time) {
  return admin::rfc3339(std::chrono::floor<std::chrono::seconds>(time));
}

} // namespace fedhub::ctl
