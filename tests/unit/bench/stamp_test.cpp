#include "bench/load/stamp.hpp"

#include <string>

#include <gmock/gmock.h>

namespace fedhub::load {

namespace {

std::string text_of(const stamp& stamp) {
  std::string text(stamp_size, '?');
  write_stamp(text.data(), stamp);
  return text;
}

TEST(Stamp, is_lane_sequence_and_time_in_hexadecimal) {
  EXPECT_EQ(text_of({.lane = 0x1a2b, .sequence = 0xc0ffee09, .due = 0x123456789abc}),
            "~1a2bc0ffee09123456789abc");
  EXPECT_EQ(text_of({}), "~000000000000000000000000");
}

TEST(Stamp, is_read_as_it_was_written) {
  for (const stamp& x : {stamp{}, stamp{1, 2, 3}, stamp{0xffff, 0xffffffff, 0xffffffffffff},
                         stamp{0x0abc, 0x90000009, 0x00010000ffff}})
    EXPECT_EQ(read_stamp(text_of(x).c_str()), x) << text_of(x);
}

TEST(Stamp, is_refused_with_any_other_digit_anywhere) {
  const std::string good = "~1a2bc0ffee09123456789abc";
  ASSERT_TRUE(read_stamp(good.c_str()));
  for (size_t i = 0; i < good.size(); ++i)
    for (const char wrong : {'g', 'A', 'F', '/', ':', '`', ' ', '\0', '\'', '\x80', '\xff'}) {
      std::string text = good;
      text[i] = wrong;
      EXPECT_FALSE(read_stamp(text.c_str())) << i << ' ' << int{wrong};
    }
}

} // namespace

} // namespace fedhub::load
