#include "conf/ctl/readable.hpp"

#include <gtest/gtest.h>

namespace fedhub::ctl {
namespace {

using namespace std::chrono_literals;

moment at(const char* text) { return *parse_time(text); }

TEST(Readable, shows_a_duration_in_its_largest_units) {
  const std::pair<double, std::string_view> table[] = {
    {0, "0 s"},          {0.0004, "0 ms"},    {0.012, "12 ms"},     {0.999, "999 ms"},
    {0.9996, "1 s"},     {1, "1 s"},          {4.24, "4.2 s"},      {9.94, "9.9 s"},
    {9.96, "10 s"},      {59, "59 s"},        {59.7, "1 min"},      {60, "1 min"},
    {200, "3 min 20 s"}, {3'600, "1 h"},      {3'659, "1 h"},       {5'400, "1 h 30 min"},
    {86'400, "1 d"},     {90'000, "1 d 1 h"}, {1e9, "11574 d 1 h"}, {-90, "-1 min 30 s"},
  };
  for (const auto& [seconds, text] : table)
    EXPECT_EQ(readable_duration(seconds), text) << seconds;
}

TEST(Readable, shows_a_size_with_three_digits) {
  const std::pair<double, std::string_view> table[] = {
    {0, "0 B"},
    {1, "1 B"},
    {999, "999 B"},
    {1'000, "0.977 KiB"},
    {1'024, "1 KiB"},
    {1'536, "1.5 KiB"},
    {1'048'576, "1 MiB"},
    {1'073'741'824, "1 GiB"},
    {1'023.0 * 1'024, "0.999 MiB"},
    {1e18, "888 PiB"},
    {1e30, "867361737988 EiB"},
  };
  for (const auto& [octets, text] : table)
    EXPECT_EQ(readable_size(octets), text) << octets;
}

TEST(Readable, shows_a_time_by_its_distance) {
  const auto now = at("2026-11-30T12:00:00Z");
  const std::pair<std::string_view, std::string_view> table[] = {
    {"2026-11-30T12:00:00Z", "now"},          {"2026-11-30T12:00:00.9Z", "now"},
    {"2026-11-30T11:59:55Z", "5 s ago"},      {"2026-11-30T11:57:00Z", "3 min ago"},
    {"2026-11-30T11:00:01Z", "59 min ago"},   {"2026-11-30T07:00:00Z", "5 h ago"},
    {"2026-11-18T11:00:00Z", "12 d ago"},     {"2026-11-30T12:00:40Z", "in 40 s"},
    {"2026-11-30T12:01:40Z", "in 1 min"},     {"2027-01-01T00:00:00Z", "in 31 d"},
    {"2026-11-30T12:00:00+01:00", "1 h ago"},
  };
  for (const auto& [then, text] : table)
    EXPECT_EQ(relative_time(*parse_time(then), now), text) << then;
}

TEST(Readable, takes_durations_with_a_unit_only) {
  const std::pair<std::string_view, std::chrono::seconds> good[] = {
    {"90s", 90s}, {"10m", 10min}, {"2h", 2h}, {"7d", 168h}, {"1h30m", 90min}, {"0h5s", 5s}};
  for (const auto& [text, duration] : good)
    EXPECT_EQ(parse_duration(text), duration) << text;
  for (const auto* text : {"", "90", "h", "2 h", "-2h", "2w", "2H", "1.5h", "0s", "2h ", "4000d",
                           "99999999999d", "4294967295d"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Readable, takes_each_form_of_rfc_3339) {
  const std::pair<std::string_view, std::string_view> table[] = {
    {"2026-11-30T11:23:24Z", "2026-11-30T11:23:24Z"},
    {"2026-11-30t11:23:24z", "2026-11-30T11:23:24Z"},
    {"2026-11-30 11:23:24Z", "2026-11-30T11:23:24Z"},
    {"2026-11-30T11:23:24.123456789Z", "2026-11-30T11:23:24Z"},
    {"2026-11-30T11:23:24+05:30", "2026-11-30T05:53:24Z"},
    {"2026-11-30T23:30:00-01:00", "2026-12-01T00:30:00Z"},
    {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
    {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
    {"1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
  };
  for (const auto& [text, expected] : table) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(format_time(*time), expected) << text;
  }
  EXPECT_EQ(at("2026-11-30T11:23:24.25Z") - at("2026-11-30T11:23:24Z"), 250ms);
}

TEST(Readable, takes_no_other_text_for_a_time) {
  for (const auto* text : {"", "2026", "2026-11-30", "2026-11-30T11:23Z", "2026-11-30T11:23:24",
                           "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-30T24:00:00Z",
                           "2026-11-30T11:60:00Z", "2026-11-30T11:23:61Z", "2026-11-30T11:23:24.Z",
                           "2026-11-30T11:23:24+0100", "2026-11-30T11:23:24+24:00",
                           "2026-11-30T11:23:24Z ", " 2026-11-30T11:23:24Z", "26-11-30T11:23:24Z",
                           "+026-11-30T11:23:24Z", "2026-11-30T11:23:24ZZ"})
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
}

} // namespace
} // namespace fedhub::ctl
