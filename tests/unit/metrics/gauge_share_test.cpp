#include "metrics/gauge_share.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

struct a_share : testing::Test {
  prometheus::Gauge gauge;
  prometheus::Gauge other;
};

TEST_F(a_share, adds_to_what_others_have_there) {
  gauge_share one{gauge, 3};
  gauge_share two{gauge};
  EXPECT_EQ(gauge.Value(), 3);
  two.set(4);
  EXPECT_EQ(gauge.Value(), 7);
  one.add(-2);
  EXPECT_EQ(gauge.Value(), 5);
  EXPECT_EQ(one.amount(), 1);
}

TEST_F(a_share, goes_with_its_owner) {
  gauge_share stays{gauge, 1};
  { gauge_share goes{gauge, 41}; }
  EXPECT_EQ(gauge.Value(), 1);
}

TEST_F(a_share, moves_its_amount_to_another_gauge) {
  gauge_share share{gauge, 2};
  share.move_to(other);
  EXPECT_EQ(gauge.Value(), 0);
  EXPECT_EQ(other.Value(), 2);
  share.move_to(other);
  EXPECT_EQ(other.Value(), 2);
}

TEST_F(a_share, is_counted_once_after_a_move_of_the_object) {
  gauge_share from{gauge, 2};
  gauge_share to{std::move(from)};
  EXPECT_EQ(gauge.Value(), 2);
  gauge_share target{other, 5};
  target = std::move(to);
  EXPECT_EQ(gauge.Value(), 2);
  EXPECT_EQ(other.Value(), 0);
  auto& same = target;
  target = std::move(same);
  EXPECT_EQ(gauge.Value(), 2);
}

TEST_F(a_share, of_no_gauge_counts_nothing) {
  gauge_share none;
  none.set(3);
  EXPECT_EQ(none.amount(), 0);
}

} // namespace
} // namespace fedhub
