#include "bench/load/sequence_check.hpp"

#include <initializer_list>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace fedhub::load {

namespace {

struct arrival {
  std::string name;
  std::vector<uint32_t> numbers;
  uint64_t sent, lost, doubled, reordered;
};

class SequenceCheck : public testing::TestWithParam<arrival> {};

TEST_P(SequenceCheck, counts_what_is_lost_doubled_and_reordered) {
  const auto& result = GetParam();
  sequence_check check;
  for (const uint32_t number : result.numbers)
    check.take(number);
  EXPECT_EQ(check.lost(result.sent), result.lost);
  EXPECT_EQ(check.doubled(), result.doubled);
  EXPECT_EQ(check.reordered(), result.reordered);
}

INSTANTIATE_TEST_SUITE_P(
  Arrivals, SequenceCheck,
  testing::Values(arrival{"nothing_sent", {}, 0, 0, 0, 0}, arrival{"all", {0, 1, 2, 3}, 4, 0, 0, 0},
                  arrival{"none", {}, 4, 4, 0, 0}, arrival{"the_first_lost", {1, 2}, 3, 1, 0, 0},
                  arrival{"one_lost_inside", {0, 2}, 3, 1, 0, 0},
                  arrival{"the_last_lost", {0, 1}, 3, 1, 0, 0},
                  arrival{"several_gaps", {1, 4, 5, 9}, 12, 8, 0, 0},
                  arrival{"doubled_at_once", {0, 0, 1}, 2, 0, 1, 0},
                  arrival{"doubled_later", {0, 1, 2, 0}, 3, 0, 1, 0},
                  arrival{"doubled_twice", {0, 1, 1, 1}, 2, 0, 2, 0},
                  arrival{"swapped", {1, 0, 2}, 3, 0, 0, 1},
                  arrival{"reversed", {3, 2, 1, 0}, 4, 0, 0, 3},
                  arrival{"late_from_the_middle_of_a_gap", {0, 9, 5}, 10, 7, 0, 1},
                  arrival{"late_at_a_gap_s_begin", {0, 9, 1}, 10, 7, 0, 1},
                  arrival{"late_at_a_gap_s_end", {0, 9, 8}, 10, 7, 0, 1},
                  arrival{"late_and_then_doubled", {0, 3, 1, 1}, 4, 1, 1, 1},
                  arrival{"a_gap_filled", {0, 4, 2, 1, 3}, 5, 0, 0, 3},
                  arrival{"the_highest_number", {4294967295}, uint64_t{1} << 32, 4294967295, 0, 0}),
  [](const auto& info) { return info.param.name; });

TEST(SequenceCheckTake, tells_what_is_new_from_what_has_come_before) {
  sequence_check check;
  EXPECT_TRUE(check.take(0));
  EXPECT_TRUE(check.take(2));
  EXPECT_TRUE(check.take(1));
  EXPECT_FALSE(check.take(1));
  EXPECT_FALSE(check.take(0));
}

} // namespace

} // namespace fedhub::load
