#include "protocol/admin/time_text.hpp"

#include <gtest/gtest.h>

namespace fedhub::admin {
namespace {

using namespace std::chrono;

TEST(TimeText, writes_utc_to_the_millisecond) {
  struct row {
    system_clock::time_point time;
    std::string text;
  };
  const row rows[] = {
    {sys_days{2026y / November / 30} + 9h + 5min + 7s + 250ms, "2026-11-30T09:05:07.250Z"},
    {sys_days{2024y / February / 29} + 23h + 59min + 59s + 999ms, "2024-02-29T23:59:59.999Z"},
    {sys_days{1970y / January / 1}, "1970-01-01T00:00:00.000Z"},
    {sys_days{1970y / January / 1} - 1ms, "1969-12-31T23:59:59.999Z"},
  };
  for (const auto& [time, text] : rows)
    EXPECT_EQ(rfc3339(time), text);
}

TEST(TimeText, keeps_times_of_certificates_within_four_digits_of_a_year) {
  EXPECT_EQ(rfc3339(sys_seconds{sys_days{2126y / January / 2}}), "2126-01-02T00:00:00Z");
  EXPECT_EQ(rfc3339(sys_seconds{sys_days{year{12000} / January / 1}}), "9999-12-31T23:59:59Z");
  EXPECT_EQ(rfc3339(sys_seconds{sys_days{year{-4} / January / 1}}), "0000-01-01T00:00:00Z");
}

TEST(TimeText, reads_times_with_any_offset) {
  struct row {
    std::string text;
    system_clock::time_point time;
  };
  const auto time = sys_days{2026y / November / 30} + 9h + 5min + 7s;
  const row rows[] = {
    {"2026-11-30T09:05:07Z", time},
    {"2026-11-30t09:05:07z", time},
    {"2026-11-30 09:05:07Z", time},
    {"2026-11-30T10:35:07+01:30", time},
    {"2026-11-29T23:05:07-10:00", time},
    {"2026-11-30T09:05:07.25Z", time + 250ms},
    {"2026-11-30T09:05:07.000000001999Z", time + 1ns},
    {"2024-02-29T23:59:60Z", sys_days{2024y / March / 1}},
    {"1969-12-31T23:59:59Z", sys_seconds{-1s}},
  };
  for (const auto& [text, expected] : rows)
    EXPECT_EQ(parse_rfc3339(text), expected) << text;
  EXPECT_EQ(parse_rfc3339(rfc3339(time + 123ms)), time + 123ms);
}

TEST(TimeText, reads_nothing_else) {
  for (const auto* bad :
       {"", "2026", "2026-11-30", "2026-11-30T09:05:07", "2026-11-30T09:05Z",
        "2026-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-30T24:00:00Z",
        "2026-11-30T09:60:07Z", "2026-11-30T09:05:61Z", "2026-11-30T09:05:07.Z",
        "2026-11-30T09:05:07ZZ", "2026-11-30T09:05:07+25:00", "2026-11-30T09:05:07+0100",
        "1899-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "20261130T090507Z", "x026-11-30T09:05:07Z"})
    EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
}

} // namespace
} // namespace fedhub::admin
